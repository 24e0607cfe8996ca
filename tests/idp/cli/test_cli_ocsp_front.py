"""`idp ocsp front`: a responder of our own for a service's system, opened, renewed and closed."""

import pytest
from cryptography import x509


@pytest.fixture
def front(idp):
    """`idp ocsp front WORDS --json`."""
    return lambda *words: idp("ocsp", "front", *words, "--json")


def test_a_front_is_opened_and_told_once(front, aoba):
    """Its URL under the issuer, the certificate to trust; opened again, another URL and the same certificate."""
    first, second = front("library", "--tenant", "aoba"), front("library", "--tenant", "aoba")
    assert (first.code, second.code) == (0, 0)
    assert first.json["url"].startswith("http://localhost:8000/t/aoba/ocsp/")
    assert first.json["url"] != second.json["url"]
    assert first.json["certificate"] == second.json["certificate"]
    certificate = x509.load_pem_x509_certificate(first.json["certificate"].encode())
    assert certificate.not_valid_before_utc < aoba.clock() < certificate.not_valid_after_utc


def test_the_responder_is_renewed(front):
    """All systems must trust the new certificate: it is shown."""
    first = front("library", "--tenant", "aoba")
    renewed = front("library", "--tenant", "aoba", "--new-responder")
    assert renewed.json["certificate"] != first.json["certificate"]


def test_a_front_is_closed(front):
    """Nothing secret is shown then."""
    front("library", "--tenant", "aoba")
    assert front("library", "--tenant", "aoba", "--close").json == {"service": "library", "state": "closed"}


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("nobody", "--tenant", "aoba"), 1, "no service of that id"),
        (("library", "--tenant", "nowhere"), 1, "no active tenant"),
        (("library", "--tenant", "aoba", "--close", "--new-responder"), 2, "do not go together"),
    ],
)
def test_what_cannot_be_opened_is_refused(front, words, code, sentence):
    """With a sentence."""
    ran = front(*words)
    assert (ran.code, ran.out) == (code, "")
    assert sentence in ran.error
