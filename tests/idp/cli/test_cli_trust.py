"""`idp approve|anchor|certificate` and `idp crl load --purpose`: the acts, their words, their exit codes."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from components.officers import found_city, production_root
from components.ports import free_port
from components.process import plain_environment
from components.tiers import OUR_POLICY, Authority, found_bridge, sha256
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner

from idp.cli.main import app
from idp.cli.output import show

GARBAGE = {
    "empty": b"",
    "text": "これは証明書ではありません".encode(),
    "zeros": bytes(70_000),
    "long": b"\x30\x84\x7f\xff\xff\xff" + bytes(300_000),
    "pem": b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    "half": b"-----BEGIN CERTIFICATE-----\n",
}


@pytest.fixture(scope="module")
def city(quiet_town):
    """A municipality with two officers, in the town that the module shares."""
    return found_city(quiet_town)


@pytest.fixture
def command(look, city):
    """`idp WORDS --tenant CITY --json`."""
    return lambda *words, **changes: look(*words, "--tenant", city.tenant_id, "--json", **changes)


@pytest.fixture
def approve(command, city, tmp_path):
    """`idp approve ID` as an officer, whose token lies in a file."""

    def act(proposal_id, officer, *words):
        file = tmp_path / officer
        file.write_text(city.tokens[officer] + "\n")
        return command("approve", proposal_id, "--token-file", file, *words)

    return act


@pytest.fixture
def now(city):
    """The town's time in whole seconds."""
    return city.town.clock().replace(microsecond=0)


@pytest.fixture
def file(tmp_path):
    """Bytes as a file."""

    def write(content, name="file"):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


def test_an_anchor_is_loaded_by_two_officers_and_removed_by_two(command, approve, city, file):
    """Proposed from PEM, shown, refused with a wrong fingerprint, loaded, listed, removed."""
    der = production_root()
    pem = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
    asked = command("anchor", "add", file(pem), "--kind", "user").json
    assert (asked["state"], asked["sha256"], asked["approved_by"]) == ("open", sha256(der), [])
    assert {"subject", "serial", "not_before", "not_after", "key_id", "asks_for"} <= set(asked)
    wrong = approve(asked["id"], "sato", "--fingerprint", sha256(b""))
    assert (wrong.code, wrong.out) == (1, "")
    assert "fingerprint" in wrong.error
    first = approve(asked["id"], "sato", "--fingerprint", sha256(der).replace(":", " ").lower())
    assert first.json == {"id": asked["id"], "officer": "sato", "state": "open", "missing": 1}
    assert command("anchor", "list").json == []
    second = approve(asked["id"], "suzuki", "--fingerprint", sha256(der))
    assert second.json["state"] == "applied"
    (listed,) = command("anchor", "list").json
    assert (listed["for"], listed["sha256"]) == ("JPKI user", sha256(der))
    assert [anchor.kind for anchor in city.tenant.anchors] == ["user"]
    assert "already" in command("anchor", "add", file(pem), "--kind", "user").error
    gone = command("anchor", "remove", listed["sha256"].lower()).json
    for officer in ("sato", "suzuki"):
        assert approve(gone["id"], officer).code == 0
    assert city.tenant.anchors == ()
    states = {row["id"]: row["state"] for row in command("approve", "list").json}
    assert states[asked["id"]] == states[gone["id"]] == "applied"
    assert command("approve", "show", asked["id"]).json["approved_by"] == ["sato", "suzuki"]


def program(made, *words, **changes):
    """The console script itself, with a town's settings."""
    environment = {name: value for name, value in {**made.environment, **changes}.items() if value is not None}
    return subprocess.run(
        [Path(sys.executable).with_name("idp"), *map(str, words), "--json"],
        capture_output=True,
        env={**plain_environment(), **environment},
        timeout=60,
    )


def test_a_token_comes_by_standard_input_and_never_by_argument(look, city, quiet_town):
    """One line; there is no option that takes a token."""
    proposal = city.trust.officers.add(city.tenant, "tanaka").proposal
    words = ("approve", proposal.proposal_id, "--tenant", city.tenant_id)
    assert look(*words, "--token", city.tokens["sato"]).code == 2
    runner = CliRunner(env=quiet_town.environment)
    for stdin in (b"", b"\n", b"\xff\xfe", bytes(5000)):
        assert runner.invoke(app, words, input=stdin).exit_code in (1, 2)
    ran = runner.invoke(app, [*words, "--json"], input=city.tokens["sato"] + "\n")
    assert json.loads(ran.stdout)["officer"] == "sato"
    city.trust.approvals.withdraw(city.tenant, proposal.proposal_id)


def test_officers_are_added_listed_and_removed(look, command, approve, quiet_town):
    """The first two at once with a token each, the third as a proposal; `add` prints a token once."""
    other = found_city(quiet_town, "yamada")
    words = ("--tenant", other.tenant_id, "--json")
    second = look("approve", "officer", "add", "kato", *words).json
    assert (second["state"], len(second["token"])) == ("live", 43)
    third = look("approve", "officer", "add", "ito", *words).json
    assert third["state"] == "proposed"
    assert [row["officer"] for row in look("approve", "officer", "list", *words).json] == ["kato", "yamada"]
    other.tokens["kato"] = second["token"]
    proposal = other.trust.approvals.one(other.tenant, third["proposal"])
    other.approve(proposal, "yamada", "kato")
    removal = look("approve", "officer", "remove", "ito", *words).json
    assert look("approve", "withdraw", removal["id"], *words).json["state"] == "withdrawn"
    assert look("approve", "officer", "remove", "nobody", *words).code == 1
    assert look("approve", "officer", "add", "Bad Name", *words).code == 1
    assert second["token"] not in str(other.audited())


def test_a_purpose_is_configured_and_a_certificate_verified(look, quiet_town, file, now):
    """A sandbox tenant: anchor, cross-certificates, policy, lists; then valid, revoked, missing and stale."""
    city, made = found_city(quiet_town, sandbox=True), found_bridge(now)
    words = ("--tenant", city.tenant_id, "--json")
    for der, extra in ((made.root.der, ()), (made.cross, ("--intermediate",)), (made.onward, ("--intermediate",))):
        ran = look("anchor", "add", file(der), "--purpose", "lgpki", *extra, *words)
        assert ran.json == {"state": "done"}
    leaf = file(made.leaf(), "leaf")
    verify = ("certificate", "verify", leaf, "--purpose", "lgpki")
    refused = look(*verify, *words)
    assert (refused.code, refused.json["verdict"], refused.json["detail"][:14]) == (1, "refused", "policy_refused")
    assert look("anchor", "policy", "lgpki", "--user-policy", OUR_POLICY, *words).json == {"state": "done"}
    assert look("anchor", "policy", "lgpki", *words).json["user_policies"] == [OUR_POLICY]
    missing = look(*verify, *words)
    assert (missing.code, missing.json["reason"]) == (3, "revocation_unavailable")
    files = [file(der, f"list{number}") for number, der in enumerate(made.lists)]
    loaded = look("crl", "load", *files, "--purpose", "lgpki", *words)
    assert [row["state"] for row in loaded.json] == ["loaded"] * 3
    good = look(*verify, *words)
    assert (good.code, good.json["verdict"], len(good.json["path"]), len(good.json["evidence"])) == (
        0,
        "valid",
        4,
        3,
    )
    in_use = look("crl", "status", "--purpose", "lgpki", *words)
    assert (in_use.code, [row["state"] for row in in_use.json]) == (0, ["fresh"] * 3)
    later = look(*verify, "--at", "2027-06-01T00:00:00+09:00", *words)
    assert (later.code, later.json["reason"]) == (3, "evidence_too_old")
    newer = file(made.city.crl(leaf.read_bytes(), number=2))
    assert look("crl", "load", newer, "--purpose", "lgpki", *words).code == 0
    assert look(*verify, *words).json["reason"] == "certificate_revoked"
    again = look("crl", "load", files[2], "--purpose", "lgpki", *words)
    assert (again.code, again.json[0]["reason"]) == (1, "rollback")


def test_a_certificate_comes_with_its_intermediates(look, quiet_town, file, now):
    """An authority that nobody loaded is given along with the certificate."""
    city = found_city(quiet_town, sandbox=True)
    root, issuing = Authority("Root", now).root(), Authority("Issuing", now)
    between = file(root.certify(issuing), "between")
    words = ("--tenant", city.tenant_id, "--json")
    look("anchor", "add", file(root.der), "--purpose", "accredited", *words)
    look("anchor", "policy", "accredited", "--user-policy", OUR_POLICY, *words)
    look("crl", "load", file(root.crl(), "one"), "--purpose", "accredited", *words)
    verify = ("certificate", "verify", file(issuing.leaf(), "leaf"), "--purpose", "accredited", *words)
    assert look(*verify).json["reason"] == "certificate_untrusted"
    assert look(*verify, "--intermediate", between).code == 3


def test_a_jpki_certificate_is_verified_as_a_login_would(look, quiet_town):
    """Valid with its kind and evidence; of the wrong kind; of a tenant that trusts nobody."""
    certificate = quiet_town.resident("hanako").auth_certificate
    good = look("certificate", "verify", certificate, "--tenant", "aoba", "--json")
    assert (good.code, good.json["kind"], good.json["evidence"][0]["method"]) == (0, "user", "ocsp")
    wrong = look("certificate", "verify", certificate, "--tenant", "aoba", "--kind", "signature", "--json")
    assert (wrong.code, wrong.json["reason"]) == (1, "certificate_wrong_kind")
    plain = look("certificate", "verify", certificate, "--tenant", "aoba").out
    assert re.search(r"evidence 0 +ocsp of 20\d\d-\S+ until 20\d\d-", plain)
    late = look("certificate", "verify", certificate, "--tenant", "aoba", "--at", "2050-01-01T00:00:00Z", "--json")
    assert (late.code, late.json["reason"]) == (1, "certificate_expired")
    assert "name the tenant" in look("certificate", "verify", certificate, "--json").error


def test_revocation_that_nobody_tells_is_exit_code_3(quiet_town):
    """Standard output is one JSON value all the same: what went wrong on the way is logged elsewhere."""
    certificate = quiet_town.resident("hanako").auth_certificate
    silent = {"IDP_OCSP_URL": f"http://127.0.0.1:{free_port()}/ocsp", "IDP_CRL_URL": None}
    ran = program(quiet_town, "certificate", "verify", certificate, "--tenant", "aoba", **silent)
    assert (ran.returncode, json.loads(ran.stdout)["reason"]) == (3, "revocation_unavailable")
    assert b"revocation.fallback" in ran.stderr


def test_a_table_says_what_it_is_given(capsys):
    """A fingerprint is full of things that look like emoji names, and a name may look like markup."""
    show([{"a": "B1:CD:0A", "b": "[red]O=Root"}], as_json=False, columns=("a", "b"))
    assert "B1:CD:0A" in (told := capsys.readouterr().out)
    assert "[red]O=Root" in told


def test_a_certificate_is_shown_whole(look, quiet_town):
    """Profile and extensions in words; both forms."""
    certificate = quiet_town.resident("hanako").auth_certificate
    said = look("certificate", "show", certificate, "--json").json
    assert said["profile"] == "JPKI-TEST user certificate on a card"
    assert "extendedKeyUsage: clientAuth" in said["extensions"]
    assert "keyUsage, critical: digital signature" in said["extensions"]
    plain = look("certificate", "show", certificate)
    assert said["sha256"] in plain.out
    assert "clientAuth" in plain.out


READING = {
    ("certificate", "show"): tuple(GARBAGE),
    ("certificate", "verify", "--tenant", "aoba"): ("zeros", "pem"),
    ("anchor", "add", "--tenant", "aoba", "--kind", "user"): ("zeros", "pem"),
    ("anchor", "add", "--tenant", "aoba", "--purpose", "lgpki"): ("text", "half"),
    ("crl", "load", "--tenant", "aoba", "--purpose", "lgpki"): ("empty", "zeros", "long"),
}


@pytest.mark.parametrize("words", READING)
def test_garbage_ends_in_a_sentence(look, file, words):
    """No stack trace, nothing echoed, exit code 1 or 2."""
    for name in READING[words]:
        ran = look(*words, file(GARBAGE[name]), "--json")
        assert ran.code in (1, 2), name
        assert "Traceback" not in ran.err
        assert "\\x00" not in ran.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("certificate", "show", "missing"), "cannot be read"),
        (("certificate", "show", "."), "cannot be read"),
        (("certificate", "verify", "FILE", "--at", "tomorrow"), "--at"),
        (("certificate", "verify", "FILE", "--at", "2026-01-01"), "offset"),
        (("certificate", "verify", "FILE", "--kind", "user", "--purpose", "lgpki"), "not both"),
        (("certificate", "verify", "FILE", "--intermediate", "FILE"), "no intermediates"),
        (("certificate", "verify", "FILE", "--tenant", "nobody"), "no active tenant"),
        (("certificate", "verify", "FILE", "--tenant", "aoba", "--purpose", "no"), "a purpose is one of"),
        (("anchor", "add", "FILE", "--tenant", "aoba"), "give --kind"),
        (("anchor", "add", "FILE", "--tenant", "aoba", "--kind", "user", "--intermediate"), "give --kind"),
        (("anchor", "remove", "zz", "--tenant", "aoba"), "no certificate of that fingerprint"),
        (("anchor", "policy", "no", "--tenant", "aoba"), "a purpose is one of"),
        (("anchor", "policy", "lgpki", "--tenant", "aoba", "--user-policy", "x"), "object identifiers"),
        (("anchor", "policy", "lgpki", "--tenant", "aoba", "--max-depth", "9"), "0 to 4"),
        (("anchor", "policy", "lgpki", "--tenant", "aoba", "--responder", "ftp://x"), "responders"),
        (("anchor", "policy", "lgpki", "--tenant", "aoba", "--revocation", "ocsp"), "needs a responder"),
        (("crl", "load", "FILE", "--purpose", "lgpki"), "--tenant"),
        (("crl", "status", "--purpose", "lgpki"), "--tenant"),
        (("crl", "load", "FILE", "--purpose", "no", "--tenant", "aoba"), "a purpose is one of"),
        (("approve", "0123456789abcdef", "--tenant", "aoba", "--token-file", "FILE"), "no such proposal"),
        (("approve", "show", "x", "--tenant", "aoba"), "no such proposal"),
        (("approve", "withdraw", "x", "--tenant", "aoba"), "no such proposal"),
    ],
)
def test_a_wish_that_makes_no_sense_is_told_why(look, quiet_town, words, sentence):
    """One sentence on standard error."""
    real = quiet_town.resident("hanako").auth_certificate
    ran = look(*(real if word == "FILE" else word for word in words), "--json")
    assert ran.code in (1, 2)
    assert sentence in ran.error
