"""Backups: database, wrapped keys and key custody at one moment, readable by the operator's private key alone."""
