"""Status words of the card (ISO/IEC 7816-4 section 5.6), as My Number Cards were seen to use them."""

OK = 0x9000
MORE = 0x6100
"""256 bytes wait for GET RESPONSE."""
WRONG_LENGTH = 0x6700
INCOMPATIBLE_FILE = 0x6981
SECURITY_STATUS = 0x6982
BLOCKED = 0x6984
"""A PIN is given and no try is left."""
CONDITIONS = 0x6985
NO_CURRENT_FILE = 0x6986
WRONG_DATA = 0x6A80
NOT_FOUND = 0x6A82
WRONG_PARAMETERS = 0x6A86
REFERENCE_NOT_FOUND = 0x6A88
PAST_THE_END = 0x6B00
EXACT_LENGTH = 0x6C00
"""256 bytes are what there is; the caller expected fewer."""
UNKNOWN_INSTRUCTION = 0x6D00
UNKNOWN_CLASS = 0x6E00
FAILED = 0x6F00


def tries(left: int) -> int:
    """63Cx: `left` (0 to 15) tries of a PIN remain."""
    return 0x63C0 | left
