"""Ways to J-LIS: OCSP responder, certificate revocation lists, certificate linkage.

They fetch and never judge: `idp/jpki` does that. OCSP and CRL are the public standards; lineage is our own
stand-in form, because the real interface is under non-disclosure.
"""
