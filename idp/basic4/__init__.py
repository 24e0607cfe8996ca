"""The Basic 4 from the signature certificate: asked for in a login, signed by the resident, read, handed on.

    statement.py   what the resident signs
    request.py     from a login that asks for it to the values, or to a login without them
    telling.py     consents to the latest-information service: given, ended, and what J-LIS hears of it
    latest.py      a login by such a consent: its values without a signature

The page where a login goes on after the signature, or asks once more, is `idp/login/web_signature.py`.

All sources, these and those that are read from a card: `idp/sources`.
"""
