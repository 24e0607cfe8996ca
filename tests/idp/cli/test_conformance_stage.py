"""What `idp demo --conformance` makes beside the demo: certificates that end, nginx that may be missing."""

import re
from datetime import UTC, datetime, timedelta

from cryptography import x509
from typer.testing import CliRunner

from idp.cli.conformance import front
from idp.cli.conformance.certificates import Certificates
from idp.cli.main import app

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)


def read(file):
    """The certificate in a PEM file."""
    return x509.load_pem_x509_certificate(file.read_bytes())


def test_one_authority_vouches_for_all_and_its_key_is_kept_nowhere(tmp_path):
    """Server and services; each has the name that it is known by, and a key for its owner alone."""
    made = Certificates(tmp_path / "tls")
    made.issue(["one", "two"], NOW)
    authority = read(made.ca_file)
    for name in ("localhost", "one", "two"):
        certificate, key = made.of(name)
        read(certificate).verify_directly_issued_by(authority)
        assert read(certificate).subject == x509.Name.from_rfc4514_string(made.subject_of(name))
        assert key.stat().st_mode & 0o077 == 0
    assert not made.ca_file.with_suffix(".key").exists()


def test_certificates_stay_until_their_last_week_and_are_then_made_anew(tmp_path):
    """A restart keeps them; the names by which services are registered stay."""
    made = Certificates(tmp_path / "tls")
    made.issue(["one"], NOW)
    before = made.of("one")[0].read_bytes()
    made.issue(["one"], NOW + timedelta(days=80))
    assert made.of("one")[0].read_bytes() == before
    made.issue(["one"], NOW + timedelta(days=84))
    after = read(made.of("one")[0])
    assert after.not_valid_after_utc > NOW + timedelta(days=160)
    assert after.subject == x509.load_pem_x509_certificate(before).subject
    after.verify_directly_issued_by(read(made.ca_file))


def test_without_nginx_it_says_what_is_missing_and_makes_nothing(tmp_path, monkeypatch):
    """One sentence, exit code 3, no folder."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(front, "_PLACES", str(tmp_path))
    outcome = CliRunner().invoke(app, ["demo", "--conformance", "--data", str(tmp_path / "data")])
    assert outcome.exit_code == 3
    assert "nginx-light" in outcome.output
    assert not (tmp_path / "data").exists()


def test_the_shipped_files_have_every_place_that_is_moved(tmp_path):
    """A change in `deploy/nginx` that the demo does not know is found here; no host of the samples is left."""
    made = front.Front(
        folder=tmp_path,
        port=8443,
        mtls_port=8444,
        upstream=8080,
        certificates=Certificates(tmp_path / "tls"),
        key="k" * 32,
    )
    for text in made.files().values():
        assert "city.example" not in re.sub(r"#.*", "", text)
        assert "Strict-Transport-Security" not in text
