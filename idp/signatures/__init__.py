"""Signatures on application data: what was signed, by whom, when, and whether that may be relied on.

A document is read by one file for its form, which also proves each signature by the key that comes with it:
`cms.py`, `jws.py`, `xml.py`, and `pdf.py`, whose structure another process reads (`pdf_structure.py` with
`pdf_fields.py`, run by `contained.py`). All of them give the same thing, `found.Found`. What was put beside a
signature later, time stamps and revocation evidence, `cms_evidence.py`, `jades.py` and `xades.py` read;
`timestamps.py` reads RFC 3161 tokens.

Whose key that is, and whether its certificate counted, `judging.py` says: JPKI's by `idp/jpki` and
`idp/revocation`, others by the tenant's stores (`idp/trust`, `kinds.py`); nothing that stands in a document is
fetched. Evidence in it counts in one case, where its issuer signed it: the certificate has expired since a
trusted time stamp (`expired.py` over `covering.py`). `judged.py` is the verdict. `holder.py` reads what a
certificate says of its holder, `same_person.py` asks whether that is the person of a `sub`. `report.py` puts it
into words. It names Article 3 of the Act on Electronic Signatures and Certification Business and never says that
it applies.
"""
