"""Reasons of revocation (RFC 5280 section 5.3.1) as small numbers that sort the gravest first.

A serial number listed twice is answered with the graver reason, whatever the order in the list. All of them mean
revoked: a hold is not lifted in JPKI.
"""

import numpy as np

BY_SEVERITY = (
    "keyCompromise",
    "cACompromise",
    "aACompromise",
    "privilegeWithdrawn",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "unspecified",
)
"""The place of a name is its rank; an entry without a reason is `unspecified`."""
UNSPECIFIED = BY_SEVERITY.index("unspecified")
RANK_BITS = 4
NO_RANK = 0xFF
REMOVE_FROM_CRL = 8
"""CRLReason that only a delta list may hold."""
_CODES = {
    "unspecified": 0,
    "keyCompromise": 1,
    "cACompromise": 2,
    "affiliationChanged": 3,
    "superseded": 4,
    "cessationOfOperation": 5,
    "certificateHold": 6,
    "privilegeWithdrawn": 9,
    "aACompromise": 10,
}
RANKS = np.full(256, NO_RANK, dtype=np.uint8)
"""CRLReason -> rank, or NO_RANK for a number that no full list may use."""
for _rank, _name in enumerate(BY_SEVERITY):
    RANKS[_CODES[_name]] = _rank
RANKS.flags.writeable = False
