"""The only door to SQL and to short-lived state.

One module per aggregate, functions over an open `Transaction`, Core statements prepared at import. Every row
carries its tenant in its key; a transaction sees one tenant only (row-level security on PostgreSQL).
"""
