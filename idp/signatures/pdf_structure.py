"""What pyHanko says of a PDF's signature fields: run as a process (`contained.py`), the file on standard input.

Prints one JSON object: `signatures`, each with `subfilter`, `byte_range`, `moment` and `coverage` (`entire`;
`signed_again`: nothing came later but signatures and their evidence; `changed`; `unclear`), in the order in which
they were made; or `unreadable`, `too_much`, `not_installed`. Nothing of the file's text leaves.
"""

import io
import json
import logging
import resource
import sys
from typing import Any

_MEMORY, _SECONDS = 1024 * 1024 * 1024, 8


def main() -> None:
    """Read, and print what was found."""
    limit()
    document = sys.stdin.buffer.read()
    try:
        answer: dict[str, Any] = {"signatures": _signatures(document)}
    except ImportError:
        answer = {"not_installed": True}
    except (MemoryError, RecursionError):
        answer = {"too_much": True}
    except Exception:  # noqa: BLE001 - whatever a file makes the reader trip over
        answer = {"unreadable": True}
    json.dump(answer, sys.stdout)


def limit() -> None:
    """Give up memory, time and talk, for good."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable(logging.CRITICAL)


def _signatures(document: bytes) -> list[dict[str, Any]]:
    from pyhanko.pdf_utils.reader import PdfFileReader

    reader = PdfFileReader(io.BytesIO(document), strict=True)
    if reader.encrypted:
        raise ValueError("encrypted")
    return [_described(one) for one in _embedded(reader) if str(one.sig_object_type) != "/DocTimeStamp"]


def _embedded(reader: Any) -> list[Any]:
    """All filled signature fields. One that pyHanko does not know makes the file unreadable: none is left out."""
    from pyhanko.sign.fields import enumerate_sig_fields
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

    fields = [EmbeddedPdfSignature(reader, field, name) for name, _, field in enumerate_sig_fields(reader, True)]
    return sorted(fields, key=lambda one: one.signed_revision)


def _described(signature: Any) -> dict[str, Any]:
    return {
        "subfilter": str(signature.sig_object.get("/SubFilter", "")),
        "byte_range": [int(one) for one in signature.byte_range],
        "moment": str(signature.sig_object.get("/M", "")),
        "coverage": _coverage(signature),
    }


def _coverage(signature: Any) -> str:
    """pyHanko's judgement under a policy that allows signatures and their evidence, and no filled-in form."""
    from pyhanko.sign.diff_analysis import SuspiciousModification
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    signature.compute_integrity_info(diff_policy=_policy())
    if signature.coverage is SignatureCoverageLevel.ENTIRE_FILE:
        return "entire"
    if signature.coverage is not SignatureCoverageLevel.ENTIRE_REVISION:
        return "unclear"
    found = signature.diff_result
    allowed = not isinstance(found, SuspiciousModification) and signature.summarise_integrity_info()["docmdp_ok"]
    return "signed_again" if allowed else "changed"


def _policy() -> Any:
    from pyhanko.sign import diff_analysis

    diff: Any = diff_analysis
    evidence = diff.ModificationLevel.LTA_UPDATES
    return diff.StandardDiffPolicy(
        global_rules=[
            diff.CatalogModificationRule(),
            diff.DocInfoRule().as_qualified(evidence),
            diff.XrefStreamRule().as_qualified(evidence),
            diff.ObjectStreamRule().as_qualified(evidence),
            diff.DSSCompareRule().as_qualified(evidence),
            diff.MetadataUpdateRule().as_qualified(evidence),
        ],
        form_rule=diff.FormUpdatingRule([diff.SigFieldCreationRule(), diff.SigFieldModificationRule()]),
    )


if __name__ == "__main__":
    main()
