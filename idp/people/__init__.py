"""People: whose certificates are whose, what joins two people and parts them, and the ledger of it.

A person is 32 random bytes, the handle, which stand sealed in the row of each of their certificates. One row of
the person's own, to which nothing refers, lists those certificates, so that all of them can be found by a handle.
Owns merging, splitting, references, transfer codes and the ledger. Refuses to own logins and pages.
"""
