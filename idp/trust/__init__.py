"""What a tenant trusts beside its logins' rules: who loads it, what it says today, when it ends.

JPKI anchors and the multi-tier stores of other purposes are changed by two officers; revocation lists, which are
signed, by whoever has the newer one. Judging is `idp/jpki`'s.
"""
