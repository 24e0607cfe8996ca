"""The resident's side of a login: challenge -> proof -> person -> consent -> PPID.

Owns the login transaction, the card login protocol and the pages. Refuses to own anything of OpenID Connect: a
finished login is handed to whoever started it, through the one function that `idp/app.py` passes in.
"""
