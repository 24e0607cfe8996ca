"""The other side of every conversation: test CAs in JPKI's profile, sample residents, a stand-in for J-LIS.

X.509, OCSP and CRL are spoken for real. Everything that J-LIS keeps under non-disclosure is a documented
stand-in of our own and is never called the real thing. All certificates carry `O=JPKI-TEST`.
"""
