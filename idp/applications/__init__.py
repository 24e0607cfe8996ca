"""An application signed in a login: the service hands its digest over, the resident signs, the ID token says so.

    statement.py   what the resident signs
    request.py     from a login that asks for it to its signature, or to a login without it

Documents that come with their signatures are judged in `idp/signatures`.
"""
