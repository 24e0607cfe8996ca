"""Resources: interfaces of services at which other services of their sector may act for a resident (RFC 8707)."""
