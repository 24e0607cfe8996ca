"""JPKI verification, pure: bytes, times and trust in; a verdict or one typed `Refusal` out.

Owns certificate profiles, trust anchors, the challenge proof and the judgement of OCSP answers and CRLs.
Refuses to own any fetching, clock, storage or web concern: callers bring what it needs as arguments.
"""
