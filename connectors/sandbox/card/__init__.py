"""A software My Number Card that is spoken to in commands: the card's side of ISO/IEC 7816-4 as JPKI uses it.

`commands.answer` is pure: card, session and command in, answer, session and card out. `powered` keeps the
card's PINs in its file, `vpcd` carries commands from a virtual reader, `reader` runs that reader in a namespace
of its own. What the cards' makers keep under non-disclosure is a stand-in, and said to be one where it stands.
"""
