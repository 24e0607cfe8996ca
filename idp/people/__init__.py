"""People: whose certificates are whose, and what joins two people and parts them.

A person is 32 random bytes, the handle, which stand sealed in the row of each of their certificates. One row of
the person's own, to which nothing refers, lists those certificates, so that all of them can be found by a handle.
Owns arrival, merging, splitting and ending, and the codes by which people are named: references, transfer codes,
residents' own codes. Refuses to own logins and pages.
"""
