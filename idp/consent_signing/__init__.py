"""Statements that a resident signs with the signature key (card login protocol, section 3, "Other contexts").

    statement.py   what is signed, and what for
    signings.py    begin: a transaction of its own, for the person who is known already; collect: what was signed
    challenge.py   what an authenticator is told
    proof.py       from its POST to a signed statement: the order of checks of a login, kind = signature
    whose.py       whether the certificate is that person's, by J-LIS's ties
    signed.py      the outcome: for whoever asked, and sealed in one row per transaction

Whoever wants a signature begins one with the path where the browser goes on afterwards, and collects it there.
"""
