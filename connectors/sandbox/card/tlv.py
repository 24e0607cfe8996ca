"""BER-TLV as the card's files hold it (ISO/IEC 7816-4 section 5.2.2): two-byte tags, chosen length forms."""


def tlv(tag: int, value: bytes, *, length_bytes: int = 0) -> bytes:
    """Tag, length, value. `length_bytes`: 0 for the short form, 1 for 81, 2 for 82, longer than need be or not.

    Raises OverflowError when the value does not fit.
    """
    if length_bytes == 0 and len(value) > 0x7F:
        raise OverflowError("the short form ends at 127")
    form = bytes((0x80 | length_bytes,)) if length_bytes else b""
    return tag.to_bytes(2, "big") + form + len(value).to_bytes(max(1, length_bytes), "big") + value
