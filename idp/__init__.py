"""The OpenID Connect provider: resident's login on one side, the service's OIDC on the other."""
