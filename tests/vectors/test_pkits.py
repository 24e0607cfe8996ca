"""NIST PKITS: 247 certification paths with expected results (files: PyPI package `cryptography_vectors`).

`pkits-cases.json` names end entity, pool, lists and policy inputs of each; it was copied from the project's
shared vectors, whose results are NIST's. Moment: 2022-05-01. `weak_ok` because 4.1.4 signs with DSA and SHA-1.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import cryptography_vectors
import pytest
from vectors.entrances import SLOWEST_SECONDS
from vectors.validate import validate

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
CASES = json.loads(Path(__file__).with_name("pkits-cases.json").read_text())
DATA = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
AT = datetime(2022, 5, 1, tzinfo=UTC)
REFUSED = {
    "40105": "DSA parameters inherited from the issuer: the gate wants whole keys, and DSA is no product algorithm"
}
"""Good paths that we refuse, with the feature refused."""


def _run(case: dict, **changes) -> dict:
    inputs = case.get("params", {})
    policy = {
        "revocation": "crl",
        "explicit_policy": inputs.get("initial_explicit_policy", False),
        "inhibit_mapping": inputs.get("initial_policy_mapping_inhibit", False),
        "inhibit_any": inputs.get("initial_any_policy_inhibit", False),
        "user_policies": inputs.get("user_initial_policy_set"),
        "weak_ok": True,
    } | changes
    chain = [_certificate(name) for name in (case["cert"], *case.get("other_certs", ()))]
    lists = [(DATA / "crls" / name).read_bytes() for name in ("TrustAnchorRootCRL.crl", *case.get("crls", ()))]
    return validate(chain, AT, [_certificate("TrustAnchorRootCertificate.crt")], lists, [], policy)


def _certificate(name: str) -> bytes:
    return (DATA / "certs" / name).read_bytes()


def test_no_wrong_accept_and_only_the_listed_refusals():
    """Every bad path is refused, and every good one accepted but for the features in the table."""
    wrong, refused = [], {}
    for case in CASES:
        ok = _run(case)["ok"]
        if ok and not case["valid"]:
            wrong.append(case["id"])
        if not ok and case["valid"]:
            refused[case["id"]] = case["name"]
    assert (len(CASES), wrong, set(refused)) == (247, [], set(REFUSED))


def test_revocation_is_what_refuses_the_revoked():
    """With revocation off some revoked paths pass, so the lists are what refuses them."""
    revoked = [case for case in CASES if case.get("why") == "RevokedError"]
    reasons = {_run(case)["reason"] for case in revoked}
    assert reasons == {"revoked", "malformed"}  # one has a negative serial number
    assert any(_run(case, revocation="off")["ok"] for case in revoked)


def test_no_case_takes_a_quarter_of_a_second():
    """The slowest path stays far from the limit of 250 ms."""
    slowest = 0.0
    for case in CASES:
        begin = process_time()
        _run(case)
        slowest = max(slowest, process_time() - begin)
    assert slowest < SLOWEST_SECONDS
