"""Municipalities as tenants: what each is, has decided, and how that is changed and loaded."""
