"""Ways of signing in beside a certificate's own, which a municipality switches on. Pure."""

KAZASHI = "kazashi"
"""A card held over a counter terminal's reader, without PIN, staff beside."""
PASSWORD = "password"
"""An ID with its password (`idp/passwords`)."""
PASSWORD_ONLINE = "password-online"
"""...of an ID that somebody made on line, of whom nobody knows who they are."""
PASSWORD_BY_LETTER = "password-letter"
"""IDs are asked for on line, and the staff send the first password: no way of signing in by itself."""
COMPANY_PASSWORD = "company-password"
"""The same of somebody at a company, for the company (`idp/organizations`)."""
STAFF_PASSWORD = "staff-password"
"""...and of the municipality's own staff."""
STAFF_PASSKEY = "staff-passkey"
"""A passkey that a member of the staff bound with the paper that they were handed."""
COMPANY_CERTIFICATE = "company-certificate"
"""A signature by a certificate that names the company: commercial registration, accredited services."""
PASSKEY = "passkey"
"""A passkey that was bound after a login with a certificate (`idp/passkeys`)."""
WEAK = (KAZASHI, PASSWORD, PASSWORD_ONLINE, COMPANY_PASSWORD, STAFF_PASSWORD)
"""Ways that reach the lowest level alone."""
METHODS = (*WEAK, COMPANY_CERTIFICATE, STAFF_PASSKEY)
"""Ways that are offered only where the tenant has switched them on and the service names them: they are weak, or
bring other people than residents."""
TENANT_METHODS = (*METHODS, PASSKEY, PASSWORD_BY_LETTER)
"""Ways that a tenant switches on. A passkey is as good as a card across devices: services need not name it."""
