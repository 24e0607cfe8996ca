"""Tokens bound to a key of their holder: DPoP and client certificates."""
