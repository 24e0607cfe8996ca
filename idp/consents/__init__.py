"""Consents after they were given: what each service may receive of a person, and taking it back.

given        which services receive what, for the resident's own pages
withdrawal   an item or all of a service's consent is taken back, at once
"""
