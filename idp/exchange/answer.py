"""The answer to a serial list: verdicts as CSV, a manifest that ties them to the question, and its signature."""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from joserfc import jws

from idp.revocation.serials import Named
from idp.store.crl_index.lists import Status, Verdict
from idp.tenants.tenancy import Tenant

FORMAT = "ppid-idp-exchange/1"
TYPE = "exchange-manifest+json"
"""`typ` of the signature, so that nobody takes it for a token."""
ALG = "ES256"
_COLUMNS = ("kind", "serial", "issuer_key_id", "status", "reason")


@dataclass(frozen=True, slots=True)
class Answer:
    """The three files. `signature`: compact JWS (RFC 7515) whose payload is `manifest`, octet for octet."""

    result: bytes
    manifest: bytes
    signature: bytes


def answer(
    tenant: Tenant, name: str, question: bytes, names: Sequence[Named], verdicts: Sequence[Verdict], at: datetime
) -> Answer:
    """The answer to the list `question`, whose file was called `name`."""
    result = _result(names, verdicts)
    counts = Counter(verdict.status for verdict in verdicts)
    manifest = json.dumps(
        {
            "format": FORMAT,
            "issuer": tenant.issuer,
            "file": name,
            "answered_at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "question_sha256": hashlib.sha256(question).hexdigest(),
            "result_sha256": hashlib.sha256(result).hexdigest(),
            "counts": {status: counts[status] for status in Status},
        },
        ensure_ascii=False,
        indent=2,
    ).encode()
    key = tenant.signing_key(ALG)
    header = {"alg": key.alg, "kid": key.kid, "typ": TYPE}
    return Answer(result, manifest, jws.serialize_compact(header, manifest, key.key, algorithms=[ALG]).encode())


def _result(names: Sequence[Named], verdicts: Sequence[Verdict]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    writer.writerows(
        (
            name.kind,
            f"{name.serial:x}",
            name.issuer_key_id.hex() if name.issuer_key_id else "",
            verdict.status,
            verdict.reason or "",
        )
        for name, verdict in zip(names, verdicts, strict=True)
    )
    return out.getvalue().encode()
