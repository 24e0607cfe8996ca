"""The counter terminal: `idp-card counter` (card login protocol, section 5).

A terminal with a key of its own stands between staff and resident. The staff choose what is to be done, on their
screen; the resident agrees and types, on theirs. What stands on both is one errand (`desk.py`); after a login the
staff may learn or link the person's user number at the service (`number_desk.py`).
"""
