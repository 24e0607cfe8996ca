"""The service's side of a login: authorize -> (login) -> code -> token -> UserInfo, and what is published.

Authlib serves the token endpoint and stays behind `idp/oidc/token.py`; JOSE is joserfc.
"""
