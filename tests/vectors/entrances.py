"""Every place where bytes from outside come in: good bytes to begin with, the call, and the errors that are ours.

`enter` fails on any other exception, on one input that costs too much, and says whether the bytes were let in.
"""

import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from time import thread_time

from components import hierarchy as jpki
from components import revocation_lists as made
from components.status import NONCE, ocsp_answer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from vectors import crl_ingest, rewritten
from vectors.hierarchy import NOW, root, sans, usage

from connectors.ports import CertificateKind
from idp.errors import Refusal
from idp.jpki import certificate, ocsp, ocsp_question, trust
from idp.jpki import ocsp_answer as front
from idp.jpki.crl_refused import CrlRefused
from idp.jpki.front_certificate import front_certificate
from idp.jpki.path import gate, lists, responses
from idp.jpki.path.engine import Evidence, validate
from idp.jpki.path.limits import Budget
from idp.jpki.path.policy import PathPolicy, Revocation
from idp.jpki.path.reasons import PathRefusal
from idp.jpki.path.store import Purpose, TrustStore
from idp.jpki.revocation import NoEvidence
from idp.jpki.va import ValidationAuthority

SLOWEST_SECONDS = 0.25 if sys.gettrace() is None else 2.5
"""CPU of one input; a run that measures coverage is another matter."""
ANCHOR = root()
MIDDLE = ANCHOR.authority("middle")
LEAF = MIDDLE.issue(
    "leaf",
    extensions=[
        (usage("digital_signature"), True),
        sans(x509.DNSName("a.example.com")),
        (x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("1.2.3"), ["http://a/"])]), False),
    ],
)
CRLS = (ANCHOR.crl(5), MIDDLE.crl(5, 6))
ANSWERS = (ANCHOR.answer(MIDDLE.certificate), MIDDLE.answer(LEAF.certificate))


@dataclass(frozen=True)
class Entrance:
    """`seed` is let in; `call` raises one of `refusals` for what is not.

    `sign`: what rewrites the seed and signs it as its true signer would; None where no signature is looked at.
    """

    seed: bytes
    call: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...]
    sign: Callable[[rewritten.Edit], bytes] | None = None
    is_signed: bool = True

    def enter(self, data: bytes) -> bool:
        """Whether the bytes are let in. The garbage of the tests before is not counted as theirs."""
        gc.disable()
        begin = thread_time()
        try:
            self.call(data)
        except self.refusals:
            return False
        else:
            return True
        finally:
            taken = thread_time() - begin
            gc.enable()
            assert taken < SLOWEST_SECONDS, data.hex()


def path_with(**other: bytes):
    """A validation in which one input is another: leaf, pool, anchor, crl or answer; the last two set the mode."""
    used = {
        "leaf": LEAF.der,
        "pool": MIDDLE.der,
        "anchor": ANCHOR.der,
        "crl": CRLS[1],
        "answer": ANSWERS[1],
    } | other
    mode = Revocation.OCSP if "answer" in other else Revocation.CRL if "crl" in other else Revocation.OFF
    store = TrustStore(Purpose.LGPKI, PathPolicy(revocation=mode), (used["anchor"],))
    evidence = Evidence((used["pool"],), (CRLS[0], used["crl"]), (ANSWERS[0], used["answer"]))
    return validate(used["leaf"], evidence, store, NOW)


def by(key, seed: bytes, rewrite=rewritten.signed) -> Callable[[rewritten.Edit], bytes]:
    """The seed rewritten, and signed by this key."""
    return lambda edit: rewrite(seed, key, edit)


@cache
def entrances() -> dict[str, Entrance]:
    """All of them, by name."""
    return _login() | _responders() | _national() | _gates() | _paths()


def _login() -> dict[str, Entrance]:
    world = jpki.found_hierarchy()
    question = ocsp_question.Question(world.anchor, jpki.SERIAL, NONCE)
    root_der, answer = world.user.certificate.public_bytes(Encoding.DER), ocsp_answer(world)
    return {
        "certificate.parse": Entrance(
            world.der(), certificate.parse, (Refusal,), by(world.user.key, world.der()), is_signed=False
        ),
        "trust.read_anchor": Entrance(
            root_der,
            lambda der: trust.read_anchor(CertificateKind.USER, der),
            (trust.AnchorRefused,),
            by(world.user.key, root_der),
        ),
        "ocsp.judge": Entrance(
            answer,
            lambda der: ocsp.judge(der, question, now=jpki.NOW),
            (NoEvidence, Refusal),
            by(world.user.responder_key, answer, rewritten.answer),
        ),
    }


def _responders() -> dict[str, Entrance]:
    """Answers of a validation authority, and what others ask our own front."""
    world = jpki.found_hierarchy()
    question = ocsp_question.Question(world.anchor, jpki.SERIAL, NONCE)
    lifetime = {"not_before": jpki.NOW - jpki.DAY, "not_after": jpki.NOW + jpki.DAY}
    configured = front_certificate(world.stranger_key, "Validation Authority", serial=1, **lifetime)
    authority = ValidationAuthority(configured, world.stranger_key.public_key())
    answer = ocsp_answer(world, signer=configured, signing_key=world.stranger_key, certificates=())
    return {
        "va.judge": Entrance(
            answer,
            lambda der: authority.judge(der, question, now=jpki.NOW),
            (NoEvidence, Refusal),
            by(world.stranger_key, answer, rewritten.answer),
        ),
        "ocsp_answer.read_enquiry": Entrance(
            question.request(),
            lambda der: front.read_enquiry(der, world.anchors),
            (front.NoAnswer,),
            is_signed=False,
        ),
    }


def _national() -> dict[str, Entrance]:
    issuer = made.issuer()
    seed = made.crl([made.entry(5, "keyCompromise"), made.entry(2**100)])
    listed = b"".join(made.raw_entry(bytes([n]), made.REASON + b"\x04") for n in range(1, 9))
    sign = by(issuer.key, seed)
    return {
        "crl ingest": Entrance(seed, lambda der: crl_ingest.take(der, [issuer.anchor]), (CrlRefused,), sign),
        "crl entries": Entrance(listed, crl_ingest.entries, (CrlRefused,), is_signed=False),
    }


def _gates() -> dict[str, Entrance]:
    ours = (PathRefusal,)
    return {
        "gate": Entrance(LEAF.der, lambda der: gate.read(der, Budget()), ours, is_signed=False),
        "path list": Entrance(CRLS[1], lambda der: lists.read_list(der, Budget()), ours, is_signed=False),
        "path answer": Entrance(
            ANSWERS[1], lambda der: responses.read_response(der, Budget()), ours, is_signed=False
        ),
    }


def _paths() -> dict[str, Entrance]:
    ours = (PathRefusal,)
    signer = {
        "leaf": MIDDLE.key,
        "pool": ANCHOR.key,
        "crl": MIDDLE.key,
        "answer": MIDDLE.key,
        "anchor": ANCHOR.key,
    }
    seeds = {"leaf": LEAF.der, "pool": MIDDLE.der, "crl": CRLS[1], "answer": ANSWERS[1], "anchor": ANCHOR.der}
    return {
        f"path with {part}": Entrance(
            seed,
            lambda der, part=part: path_with(**{part: der}),
            ours,
            by(signer[part], seed, rewritten.answer if part == "answer" else rewritten.signed),
            is_signed=part != "anchor",
        )
        for part, seed in seeds.items()
    }
