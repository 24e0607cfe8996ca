"""The signature certificate beside a person's user certificate: is it good, and have the Basic 4 changed?

J-LIS says which one it is (`connectors.ports.TieSource`); whether it is revoked is asked as of any certificate.
Asked for services alone whose residents agreed to the scope `jpki_status`: at a login, by the verification API,
and once a night against the revocation lists. Residents see at their own pages what the lists say of theirs.
"""
