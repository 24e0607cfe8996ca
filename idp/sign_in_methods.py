"""Ways of signing in beside a certificate's own, which a municipality switches on. Pure."""

KAZASHI = "kazashi"
"""A card held over a counter terminal's reader, without PIN, staff beside."""
PASSWORD = "password"
"""An ID with its password (`idp/passwords`)."""
PASSKEY = "passkey"
"""A passkey that was bound after a login with a certificate (`idp/passkeys`)."""
METHODS = (KAZASHI, PASSWORD)
"""Ways that are offered only where the tenant has switched them on and the service names them: both are weak."""
TENANT_METHODS = (*METHODS, PASSKEY)
"""Ways that a tenant switches on. A passkey is as good as a card across devices: services need not name it."""
