"""Passkeys (W3C Web Authentication, Level 3) that residents bind with their card, and sign in with afterwards.

User verification is required and attestation is not asked for: which device holds the key is nobody's business.
What a passkey earns depends on whether its key may leave the device, which the authenticator says in a flag.
"""
