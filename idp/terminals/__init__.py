"""Counter terminals: enrolled by the tenant, listed for services, revocable (card login protocol, section 5)."""
