"""People: whose certificates are whose, and what joins two people and parts them.

A person is 32 random bytes, the handle, which stand sealed in the row of each of their certificates. One row of
the person's own, to which nothing refers, lists those certificates, so that all of them can be found by a handle.
Owns merging, splitting, references and transfer codes. Refuses to own logins and pages.
"""
