"""Verdicts on certificates for others: the doors by which a municipality's systems ask this provider.

Every request under `{issuer}/api/v1` passes `api.py`: `access.py` (whose token), `limits.py`, `repeats.py`
(Idempotency-Key). Then, by path: `challenges.py`, `authentications.py`, `checks.py` (with `serials.py` for a
number alone; `verdict.py` says what was found), `batches.py` (of `questions.py`; what the worker does of it:
`batch.py`, each part by `part.py`), `usage.py`; of no certificate: `user_numbers.py` (shapes in
`user_number_shapes.py`), `residents.py`, `receipts.py` over `idp/receipts` (`receipt_shapes.py`), and
`comparisons.py` over `idp/comparison` (`comparison_shapes.py`; `kept.py`: with what is kept of a person).
Documents: `signatures.py` over `idp/signatures` (`signature_shapes.py`, `signer.py`), for a procedure by
`for_procedure.py`.
`shapes.py` reads and describes, `openapi.py` publishes, `signed.py` signs, `problems.py` refuses. `purpose.py` is
what two officers agree to before; `ocsp_front.py` is a door of its own, whose keys are in `fronts.py`.
`assembly.py` builds them all.
"""
