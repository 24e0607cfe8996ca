"""The past of a new sandbox: three generations of both CAs and all they have issued, in order of time."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.ports import CertificateKind
from connectors.sandbox import cast, desk, publication, validity
from connectors.sandbox.authority import Authority, root_certificate
from connectors.sandbox.cast import Issue
from connectors.sandbox.profile import KEY_BITS, PUBLIC_EXPONENT
from connectors.sandbox.state import CrlMode, OcspMode, Person, Slot, State

GENERATION_AGES = {1: timedelta(days=4018), 2: timedelta(days=2557), 3: timedelta(days=1096)}
"""A root lives ten years: the first generation has ended, the other two are live."""
_ROOT_DAYS = timedelta(days=3652)
_KEYGEN_THREADS = 2


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Founding:
    """A new sandbox: its state, its CAs, and the newest pair in each resident's places."""

    state: State
    authorities: tuple[Authority, ...]
    pairs: Mapping[tuple[str, Slot], Pair]


@dataclass(frozen=True, slots=True)
class _Root:
    kind: CertificateKind
    generation: int


@dataclass(frozen=True, slots=True)
class _Application:
    person: Person
    issue: Issue


_Step = _Root | _Application


def new_key() -> rsa.RSAPrivateKey:
    """An RSA key as JPKI uses them; the randomness is OpenSSL's own."""
    return rsa.generate_private_key(PUBLIC_EXPONENT, KEY_BITS)


def found(now: datetime, seed: str) -> Founding:
    """Live through the whole past up to `now`; `seed` chooses serial gaps and common names."""
    roles = cast.roles(now)
    history = _history(now, roles)
    past = _Past(now, _blank(now, seed, tuple(role.person for role in roles)))
    with ThreadPoolExecutor(_KEYGEN_THREADS) as pool:
        keys = pool.map(lambda _: new_key(), range(2 * len(history)))
        for at, step in history:
            if isinstance(step, _Root):
                past.found_root(step, at, next(keys), next(keys))
            else:
                past.serve(step, at, next(keys))
        pool.shutdown(wait=False, cancel_futures=True)
    state = publication.due(past.state, now)
    return Founding(state, tuple(past.authorities), past.pairs)


@dataclass(slots=True)
class _Past:
    """The past so far."""

    now: datetime
    state: State
    authorities: list[Authority] = field(default_factory=list)
    pairs: dict[tuple[str, Slot], Pair] = field(default_factory=dict)

    def found_root(
        self, root: _Root, at: datetime, key: rsa.RSAPrivateKey, responder_key: rsa.RSAPrivateKey
    ) -> None:
        if root.generation == 1:
            serial = 1
        else:
            self.state, serial = self.state.next_serial(root.kind)
        end = validity.last_second((at + _ROOT_DAYS).astimezone(validity.JST).date())
        certificate = root_certificate(root.kind, key, serial=serial, not_before=at, not_after=end)
        self.authorities.append(Authority(root.kind, root.generation, certificate, key, responder_key))

    def serve(self, application: _Application, at: datetime, key: rsa.RSAPrivateKey) -> None:
        person, issue = application.person, application.issue
        issuer = newest(self.authorities, issue.slot.kind, at)
        if issuer is None:
            raise LookupError("the past has a time without a CA")
        self.state, certificate = desk.issue(self.state, issuer, person, issue.slot, key.public_key(), at)
        self.pairs[person.id, issue.slot] = Pair(certificate, key)
        if issue.revoked is not None:
            ago, reason = issue.revoked
            self.state = self.state.revoked(self.state.certificates[-1], reason, self.now - ago)


def newest(authorities: Iterable[Authority], kind: CertificateKind, at: datetime) -> Authority | None:
    """The generation of that CA that issues at that moment: the last founded by then; None if it has ended."""
    founded = [a for a in authorities if a.kind is kind and a.certificate.not_valid_before_utc <= at]
    last = max(founded, key=lambda a: a.generation, default=None)
    return last if last is not None and at <= last.certificate.not_valid_after_utc else None


def _history(now: datetime, roles: tuple[cast.Role, ...]) -> list[tuple[datetime, _Step]]:
    def steps() -> Iterator[tuple[datetime, _Step]]:
        for generation, age in GENERATION_AGES.items():
            for kind in CertificateKind:
                yield now - age, _Root(kind, generation)
        for role in roles:
            for issue in role.past:
                yield now - issue.age, _Application(role.person, issue)

    return sorted(steps(), key=lambda dated: dated[0])


def _blank(now: datetime, seed: str, people: tuple[Person, ...]) -> State:
    never = now - max(GENERATION_AGES.values())
    return State(
        seed=seed,
        last_serials=dict.fromkeys(CertificateKind, 1),
        people=people,
        certificates=(),
        ocsp_mode=OcspMode.UP,
        ocsp_at=never,
        crl_mode=CrlMode.FRESH,
        crl_at=never,
        crl_number=0,
    )
