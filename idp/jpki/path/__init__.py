"""Multi-tier certification paths, pure: bytes, trust as data and a moment in; a verdict or one refusal out.

Every certificate passes the strict gate before anything looks at it; then paths are built under fixed budgets,
judged by our rules and by RFC 5280 section 6.1, and revocation is judged on every tier. Whatever is not
supported is refused, never ignored. Owns no fetching: no address in a certificate is ever followed.
"""
