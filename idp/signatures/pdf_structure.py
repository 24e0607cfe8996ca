"""What pyHanko says of a PDF's signature fields: run as a process (`contained.py`), the file on standard input.

Prints one JSON object: `signatures`, each with `subfilter`, `byte_range`, `moment` and `coverage` (`entire`;
`signed_again`: nothing came later but signatures and their evidence; `changed`; `unclear`), in the order in which
they were made; `stamps`, each with `subfilter` and `byte_range`, in the same order; `certificates`, `lists` and
`answers` of the document security store (PAdES), in base64; or `unreadable`, `too_much`, `not_installed`. Nothing
of the file's text leaves.
"""

import base64
import io
import json
import logging
import resource
import sys
from typing import Any

_MEMORY, _SECONDS = 1024 * 1024 * 1024, 8
_EVIDENCE, _MOST = 2 * 1024 * 1024, 16
"""Octets of the store's certificates, lists and answers in all, and how many of each."""


def main() -> None:
    """Read, and print what was found."""
    limit()
    document = sys.stdin.buffer.read()
    try:
        answer = _read(document)
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


def _read(document: bytes) -> dict[str, Any]:
    from pyhanko.pdf_utils.reader import PdfFileReader

    reader = PdfFileReader(io.BytesIO(document), strict=True)
    if reader.encrypted:
        raise ValueError("encrypted")
    fields = _embedded(reader)
    stamps = [one for one in fields if str(one.sig_object_type) == "/DocTimeStamp"]
    return {
        "signatures": [{**_named(one), **_described(one)} for one in fields if one not in stamps],
        "stamps": [_named(one) for one in stamps],
        **_evidence(reader),
    }


def _evidence(reader: Any) -> dict[str, list[str]]:
    """What the store holds, as far as it is small enough for us to look at it."""
    store, room = _member(reader.root, "/DSS", {}), _EVIDENCE
    found: dict[str, list[str]] = {}
    for name, key in (("certificates", "/Certs"), ("lists", "/CRLs"), ("answers", "/OCSPs")):
        found[name] = []
        for stream in list(_member(store, key, ()))[:_MOST]:
            octets = stream.get_object().data
            if len(octets) <= room:
                room -= len(octets)
                found[name].append(base64.b64encode(octets).decode())
    return found


def _embedded(reader: Any) -> list[Any]:
    """All filled signature fields. One that pyHanko does not know makes the file unreadable: none is left out."""
    from pyhanko.sign.fields import enumerate_sig_fields
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

    fields = [EmbeddedPdfSignature(reader, field, name) for name, _, field in enumerate_sig_fields(reader, True)]
    return sorted(fields, key=lambda one: one.signed_revision)


def _member(dictionary: Any, key: str, otherwise: Any) -> Any:
    """What stands there, also where it stands elsewhere in the file: `get` would give the reference to it."""
    if key not in dictionary:
        return otherwise
    return dictionary[key]


def _named(signature: Any) -> dict[str, Any]:
    return {
        "subfilter": str(signature.sig_object.get("/SubFilter", "")),
        "byte_range": [int(one) for one in signature.byte_range],
    }


def _described(signature: Any) -> dict[str, Any]:
    return {
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
    from pyhanko.sign.diff_analysis.constants import VALUE_UPDATE_KEYS

    from idp.signatures.pdf_fields import NothingNewIsSeen

    diff: Any = diff_analysis
    evidence = diff.ModificationLevel.LTA_UPDATES
    keys = {*VALUE_UPDATE_KEYS, "/M"}  # the date of a field's last change, which Poppler writes
    signed = diff.SigFieldModificationRule(allow_in_place_appearance_stream_changes=False, value_update_keys=keys)
    return diff.StandardDiffPolicy(
        global_rules=[
            diff.CatalogModificationRule(),
            diff.DocInfoRule().as_qualified(evidence),
            diff.XrefStreamRule().as_qualified(evidence),
            diff.ObjectStreamRule().as_qualified(evidence),
            diff.DSSCompareRule().as_qualified(evidence),
            diff.MetadataUpdateRule().as_qualified(evidence),
        ],
        form_rule=diff.FormUpdatingRule([diff.SigFieldCreationRule(), signed, NothingNewIsSeen()]),
        ignore_orphaned_objects=False,  # what nothing shows yet is no signature and no evidence either
    )


if __name__ == "__main__":
    main()
