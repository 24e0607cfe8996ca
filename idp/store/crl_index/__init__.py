"""Revocation lists at national scale: one file per list, which every process of the machine maps and shares.

Owns the way from a file or stream to an index: read once, hashed, split, verified, sorted, written, fsynced,
renamed. What a list means is judged in `idp/jpki/crl_*`, which sees buffers. Refuses to fetch anything.
"""
