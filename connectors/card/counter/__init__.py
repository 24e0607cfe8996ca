"""The counter terminal: `idp-card counter` (card login protocol, section 5).

A terminal with a key of its own stands between staff and resident. The staff choose what is to be done, on their
screen; the resident agrees and types, on theirs.
"""
