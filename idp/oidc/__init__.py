"""The service's side of a login: authorize -> (login) -> code -> token -> UserInfo -> logout.

Owns what is published of it, too. Authlib serves the token endpoint and stays behind `idp/oidc/tokens/token.py`;
JOSE is joserfc, except for the signatures of our own keys (`idp/keys/jws_signature.py`).
"""
