"""The residents' pages of a login: what is said, in which language, and how it looks.

Owned here: words, templates, style, pictures. Refused here: Flask, decisions about a login, any outside resource.
"""
