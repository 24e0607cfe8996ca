"""The OCSP front on a real socket: asked by openssl, and by this product as a validation authority."""

import base64
import json
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote

import pytest
import structlog
from components.forgery import new_key
from components.hierarchy import SERIAL, found_hierarchy
from components.openssl import openssl, write_certificate
from components.serving import behind_proxy, served
from components.town import BASE_URL
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from werkzeug.test import Client

from connectors.http import Outbound
from connectors.jlis.ocsp import OcspHttp
from connectors.ports import CertificateKind
from connectors.sandbox.state import Slot
from idp.errors import Reason, Refusal
from idp.jpki.front_certificate import front_certificate
from idp.jpki.ocsp_answer import FrontResponder
from idp.jpki.ocsp_question import Question
from idp.jpki.revocation import Method, NoEvidence
from idp.jpki.va import ValidationAuthority
from idp.revocation.breaker import Breaker
from idp.revocation.by_ocsp import ByOcsp
from idp.revocation.check import RevocationCheck
from idp.revocation.policy import DEFAULT
from idp.store.shortlived import InMemory
from idp.verification.limits import Limits
from idp.verification.ocsp_front import Front, OcspFront
from idp.web.application import Application
from idp.web.web import TenancyMiddleware

CAPABILITY = secrets.token_urlsafe(16)
ENQUIRIES = 100
"""A minute, of one service."""
REQUEST = "application/ocsp-request"
USER = CertificateKind.USER


class NoList:
    """Lists that nobody loaded."""

    def evidence_for(self, anchor, serial, *, point=None):
        """See Lists."""
        raise NoEvidence("no list")


@dataclass
class Opened:
    """The front of aoba over its town: the application, its URL, its certificate, what was metered."""

    town: object
    front: Front
    application: object = None
    url: str = ""
    metered: list = field(default_factory=list)

    def find(self, tenant, capability):
        """See Fronts."""
        known = (tenant.tenant_id, capability) == ("aoba", CAPABILITY)
        return self.front if known else None

    def issued(self, resident, slot=Slot.AUTH):
        """The anchor and serial number of a resident's certificate."""
        issued = self.town.world.state.current(resident, slot)
        authority = next(
            a for a in self.town.world.authorities if (a.kind, a.generation) == (slot.kind, issued.generation)
        )
        anchors = self.town.product.directory.tenant("aoba").anchors
        return next(a for a in anchors if a.key_id == authority.key_id), issued.serial

    def post(self, body, *, url=None, content_type=REQUEST):
        """POST in this process."""
        path = url or f"/t/aoba/ocsp/{CAPABILITY}"
        return Client(self.application).post(path, base_url=BASE_URL, data=body, content_type=content_type)


def responder_of(town):
    """A responder key of the tenant, and its certificate."""
    key, now = new_key(), town.clock()
    lifetime = {"not_before": now - timedelta(days=1), "not_after": now + timedelta(days=30)}
    return FrontResponder(front_certificate(key, "aoba OCSP front", serial=1, **lifetime), key)


@contextmanager
def opened(town):
    """The front served over the town's J-LIS."""
    by_ocsp = ByOcsp(
        OcspHttp(f"{town.jlis}/ocsp", Outbound([town.jlis])),
        breaker=Breaker(lambda: 0.0, failures=1000),
        now=town.clock,
        token_bytes=secrets.token_bytes,
        longest_cache=timedelta(0),
    )
    made = Opened(town, Front(client_id="counter", policy=DEFAULT, responder=responder_of(town)))
    front = OcspFront(
        fronts=made,
        revocation=RevocationCheck(by_ocsp=by_ocsp, by_crl=NoList(), now=town.clock),
        limits=Limits(state=InMemory(town.clock), requests_per_minute=ENQUIRIES, serials_per_day=1),
        meter=lambda tenant, client_id, tally: made.metered.append((tenant.tenant_id, client_id, tally.asked)),
        now=town.clock,
    )
    app = Application("front")
    front.mount(app)
    made.application = TenancyMiddleware(app.wsgi_app, town.product.directory)
    with served(behind_proxy(made.application, "localhost:8000")) as url:
        made.url = f"{url}/t/aoba/ocsp/{CAPABILITY}"
        yield made


@pytest.fixture(scope="module")
def front(shared_town):
    """A front that a module's tests share: nobody revokes anything there."""
    with opened(shared_town) as made:
        yield made


@pytest.fixture
def own_front(aoba):
    """A front over a fresh town."""
    with opened(aoba) as made:
        yield made


# openssl as the client


@pytest.fixture
def ask(front, tmp_path):
    """`openssl ocsp` against the front, which it trusts by configuration; what it says."""
    trusted = write_certificate(tmp_path / "front.pem", front.front.responder.certificate)

    def asked(resident, *words, slot=Slot.AUTH, serial=None):
        anchor, issued = front.issued(resident, slot)
        issuer = write_certificate(tmp_path / "issuer.pem", anchor.certificate)
        about = ("-serial", f"0x{issued if serial is None else serial:x}")
        said = openssl("ocsp", "-url", front.url, "-issuer", issuer, *words, *about, "-VAfile", trusted)
        assert "Response verify OK" in said.text, said.text
        assert "no nonce" not in said.text
        return said.text

    return asked


@pytest.mark.parametrize("words", [(), ("-sha256",)], ids=["SHA-1", "SHA-256"])
@pytest.mark.parametrize("slot", [Slot.AUTH, Slot.SIGN])
def test_openssl_is_told_good(ask, slot, words):
    """Of both kinds, by either hash."""
    assert ": good\n" in ask("hanako", *words, slot=slot)


def test_openssl_is_told_revoked_with_its_reason(ask):
    """As the responder of J-LIS said it."""
    text = ask("shiro")
    assert ": revoked\n" in text
    assert "Reason: certificateHold" in text


def test_openssl_is_told_unknown(ask, front):
    """Of a serial number that nobody issued."""
    assert ": unknown\n" in ask("hanako", serial=front.issued("hanako")[1] + 1)


def test_openssl_trusts_nobody_else(front, tmp_path):
    """The front's answers verify by configuration alone, not by the authority's certificate."""
    anchor, serial = front.issued("hanako")
    issuer = write_certificate(tmp_path / "issuer.pem", anchor.certificate)
    said = openssl("ocsp", "-url", front.url, "-issuer", issuer, "-serial", f"0x{serial:x}", "-CAfile", issuer)
    assert "Response Verify Failure" in said.text


# This product as the client


@pytest.fixture
def by_va(front):
    """The method VA of another process that trusts this front."""
    certificate = front.front.responder.certificate
    return ByOcsp(
        OcspHttp(front.url, Outbound([front.url.partition("/t/")[0]])),
        breaker=Breaker(lambda: 0.0),
        now=front.town.clock,
        token_bytes=secrets.token_bytes,
        method=Method.VA,
        judge=ValidationAuthority(certificate, certificate.public_key()).judge,
    )


def test_another_town_asks_by_its_va_method(by_va, front):
    """Its evidence has the times of ours, which are those of J-LIS."""
    evidence = by_va.evidence_for(*front.issued("hanako"))
    assert evidence.method is Method.VA
    assert evidence.this_update == front.town.world.published(front.town.clock()).ocsp_at


def test_another_town_is_refused_what_is_refused(by_va, front):
    """Revoked and unknown arrive as themselves."""
    anchor, serial = front.issued("hanako")
    for question, reason in (
        (front.issued("shiro"), Reason.CERTIFICATE_REVOKED),
        ((anchor, serial + 1), Reason.CERTIFICATE_STATUS_UNKNOWN),
    ):
        with pytest.raises(Refusal) as refusal:
            by_va.evidence_for(*question)
        assert refusal.value.reason is reason


# What is no answer


def request_for(front, resident="hanako"):
    """A request about a resident's certificate."""
    return Question(*front.issued(resident), bytes(32)).request()


def status_of(answer):
    """The OCSPResponseStatus of an HTTP answer."""
    assert (answer.status_code, answer.mimetype) == (200, "application/ocsp-response")
    return ocsp.load_der_ocsp_response(answer.data).response_status.name


def test_without_evidence_one_may_try_later(own_front):
    """J-LIS down and no list: neither good nor unknown."""
    assert status_of(own_front.post(request_for(own_front))) == "SUCCESSFUL"
    own_front.town.control(do="ocsp", mode="down")
    assert status_of(own_front.post(request_for(own_front))) == "TRY_LATER"
    assert [question.answered for *_, asked in own_front.metered for question in asked] == [True, False, False]


def test_a_revocation_is_told_at_once(own_front):
    """Nothing old is told once J-LIS knows better."""
    own_front.town.control(do="revoke", resident="hanako")
    own_front.town.control(do="tick")
    answer = ocsp.load_der_ocsp_response(own_front.post(request_for(own_front)).data)
    assert answer.certificate_status is ocsp.OCSPCertStatus.REVOKED
    assert answer.revocation_reason is x509.ReasonFlags.cessation_of_operation


def test_a_responder_outside_its_time_fails(own_front):
    """Told as an error of ours."""
    own_front.town.control(do="clock", seconds=40 * 24 * 3600)
    assert status_of(own_front.post(request_for(own_front))) == "INTERNAL_ERROR"


@pytest.mark.parametrize("body", [b"", bytes(range(256)), b"0" * 4096], ids=["nothing", "garbage", "4 KiB"])
def test_garbage_is_malformed(front, body):
    """RFC 6960's word for it, and nobody is asked."""
    before = len(front.metered)
    assert status_of(front.post(body)) == "MALFORMED_REQUEST"
    assert len(front.metered) == before


@pytest.mark.parametrize("serial", [1 << 159, (1 << 20_000) + 1], ids=["21 octets", "20 000 bits"])
def test_a_serial_number_that_nobody_has_is_malformed(front, serial):
    """More than 20 octets: no responder is asked, so that none is found to fail."""
    before = len(front.metered)
    anchor, _ = front.issued("hanako")
    own = ocsp.OCSPRequestBuilder().add_certificate(anchor.certificate, anchor.certificate, hashes.SHA1()).build()
    named = (own.issuer_name_hash, own.issuer_key_hash)
    question = ocsp.OCSPRequestBuilder().add_certificate_by_hash(*named, serial, hashes.SHA1()).build()
    assert status_of(front.post(question.public_bytes(Encoding.DER))) == "MALFORMED_REQUEST"
    assert len(front.metered) == before


def test_a_service_that_asks_too_often_may_try_later(own_front):
    """Garbage counts as well; nobody is asked any more; a minute later it goes on."""
    for _ in range(ENQUIRIES):
        assert status_of(own_front.post(b"garbage")) == "MALFORMED_REQUEST"
    assert status_of(own_front.post(request_for(own_front))) == "TRY_LATER"
    assert own_front.metered == []
    own_front.town.control(do="clock", seconds=61)
    assert status_of(own_front.post(request_for(own_front))) == "SUCCESSFUL"


def test_other_authorities_are_not_ours_to_speak_of(front):
    """Unauthorized, and nobody is asked."""
    before = len(front.metered)
    foreign = Question(found_hierarchy().anchor, SERIAL, bytes(32)).request()
    assert status_of(front.post(foreign)) == "UNAUTHORIZED"
    assert len(front.metered) == before


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"url": f"/t/aoba/ocsp/{secrets.token_urlsafe(16)}"}, 404),
        ({"url": f"/t/wakaba/ocsp/{CAPABILITY}"}, 404),
        ({"url": f"/t/aoba/ocsp/{CAPABILITY[:-1]}"}, 404),
        ({"url": "/t/aoba/ocsp/"}, 404),
        ({"content_type": "application/octet-stream"}, 415),
        ({"content_type": None}, 415),
        ({"body": b"0" * 4097}, 413),
    ],
    ids=["unknown", "another tenant's", "shorter", "none", "another type", "no type", "too large"],
)
def test_what_is_no_question_to_this_front(front, change, status):
    """Refused before anything is read or asked, without a word of explanation."""
    answer = front.post(**{"body": request_for(front), **change})
    assert answer.status_code == status
    assert CAPABILITY not in answer.text


def test_there_is_no_get(front):
    """A request in a URL would leave serial numbers in logs that are not ours."""
    encoded = quote(base64.b64encode(request_for(front)), safe="")
    browser = Client(front.application)
    path = f"/t/aoba/ocsp/{CAPABILITY}"
    answers = [browser.get(p, base_url=BASE_URL).status_code for p in (path, f"{path}/{encoded}")]
    assert answers == [405, 404]


# Counted, and silent


def test_what_was_asked_is_metered(own_front):
    """For the service behind the capability, whatever was answered."""
    for resident in ("hanako", "shiro"):
        own_front.post(request_for(own_front, resident))
    (tenant_id, client_id, asked), second = own_front.metered
    assert (tenant_id, client_id) == ("aoba", "counter")
    assert [(a.kind, a.method, a.remembered, a.answered) for a in asked] == [(USER, Method.OCSP, False, True)]
    assert second == ("aoba", "counter", asked)


def test_no_log_names_anybody(own_front):
    """Neither serial number nor capability, when all goes well and when nothing does."""
    _, serial = own_front.issued("hanako")
    with structlog.testing.capture_logs() as lines:
        own_front.post(request_for(own_front))
        own_front.post(b"garbage")
        own_front.town.control(do="ocsp", mode="down")
        own_front.post(request_for(own_front))
    text = json.dumps(lines)
    assert "TRY_LATER" in text
    assert not any(word in text for word in (str(serial), f"{serial:x}", CAPABILITY))
