"""Services of a tenant: how they are registered, kept and changed, and what each may do."""
