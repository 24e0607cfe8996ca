"""Pools, names, lists and answers made to cost: each is bounded by a budget, and answered within it.

Every flood is the largest of its kind that the caps on bytes and numbers let in, or close to it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from vectors import rewritten
from vectors.hierarchy import NOW, Entity, entry_of, new_key, root, sans, usage
from vectors.jpki_raw import oid, seq, tlv
from vectors.validate import validate

KEY = new_key()
STRICT = {"explicit_policy": True, "user_policies": ["1.9"]}
LISTS, ANSWERS = {"revocation": "crl"}, {"revocation": "ocsp"}
SIGNS_LISTS = [(usage("crl_sign"), True)]


@dataclass(frozen=True)
class Flood:
    """What is handed in, and the reason that comes out; made before the clock runs."""

    chain: Sequence[Entity]
    anchor: Entity
    expected: str
    crls: Sequence[bytes] = ()
    ocsp: Sequence[bytes] = ()
    policy: dict = field(default_factory=dict)

    def verdict(self) -> str:
        """What the engine says."""
        chain = [entity.der for entity in self.chain]
        return validate(chain, NOW, [self.anchor.der], list(self.crls), list(self.ocsp), self.policy)["reason"]


def wide(number: int) -> x509.Name:
    """A kilobyte of letters, of each of which normalization makes eighteen."""
    text = "\ufdfa" * 300 + f"{number:03}"
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text, _validate=False)])


def twins(anchor: Entity, count: int, *extensions) -> list[Entity]:
    """Certificates of one authority that differ in their serial numbers alone."""
    return [anchor.authority("middle", key=KEY, extensions=extensions) for _ in range(count)]


def constraints(permitted=None, excluded=None) -> tuple[x509.ExtensionType, bool]:
    return x509.NameConstraints(permitted, excluded), True


def scope(*names: x509.GeneralName) -> list[tuple[x509.ExtensionType, bool]]:
    return [(x509.IssuingDistributionPoint(list(names), None, False, False, None, False, False), True)]


def many_constraints_on_twins() -> Flood:
    anchor = root()
    hosts = [x509.DNSName(f"a{n}.example.com") for n in range(60)]
    middles = twins(anchor, 60, constraints(hosts))
    held = sans(*(x509.DNSName(f"x.a{n}.example.com") for n in range(60)), x509.DNSName("b.org"))
    return Flood([middles[0].issue("leaf", extensions=[held]), *middles], anchor, "search_exhausted")


def more_comparisons_than_a_path_may_cost() -> Flood:
    anchor = root()
    (middle,) = twins(anchor, 1, constraints(None, [x509.DNSName(f"a{n}.example.com") for n in range(70)]))
    held = sans(*(x509.DNSName(f"b{n}.org") for n in range(70)))
    return Flood([middle.issue("leaf", extensions=[held]), middle], anchor, "name_constraints")


def names_that_are_slow_to_compare() -> Flood:
    anchor = root()
    (middle,) = twins(anchor, 1, constraints(None, [x509.DirectoryName(wide(n)) for n in range(30)]))
    held = sans(*(x509.DirectoryName(wide(n)) for n in range(30, 60)))
    return Flood([middle.issue("leaf", extensions=[held]), middle], anchor, "too_large")


def authorities_that_are_slow_to_name() -> Flood:
    anchor = root()
    pool = [anchor.authority(wide(n)) for n in range(60)]
    return Flood([pool[0].issue("leaf"), *pool], anchor, "too_large")


def mail_and_addresses_under_constraints() -> Flood:
    anchor = root()
    subtrees = [x509.RFC822Name(f"a{n}.example.com") for n in range(30)]
    subtrees += [x509.UniformResourceIdentifier(f"a{n}.example.com") for n in range(30)]
    middles = twins(anchor, 40, constraints(subtrees))
    held = sans(
        *(x509.RFC822Name(f"x@a{n}.example.com") for n in range(30)),
        *(x509.UniformResourceIdentifier(f"http://a{n}.example.com/") for n in range(29)),
        x509.UniformResourceIdentifier("http://b.org/"),
    )
    return Flood([middles[0].issue("leaf", extensions=[held]), *middles], anchor, "search_exhausted")


def twins_without_the_policy() -> Flood:
    anchor = root()
    middles = twins(anchor, 60)
    return Flood([middles[0].issue("leaf"), *middles], anchor, "search_exhausted", policy=STRICT)


def twins_below_twins() -> Flood:
    anchor = root()
    middles, key = twins(anchor, 30), new_key()
    low = [middles[0].authority("low", key=key) for _ in range(30)]
    return Flood([low[0].issue("leaf"), *middles, *low], anchor, "search_exhausted", policy=LISTS)


def layers(anchor: Entity, per_layer: int = 3) -> tuple[Entity, list[Entity]]:
    """Every authority of one layer certified by every one above: the paths are powers of the layers."""
    above, every = [anchor], []
    for letter in "abcdefg":
        below = [issuer.authority(letter, key=key) for key in map(_key, range(per_layer)) for issuer in above]
        every += below
        above = below[:: len(above)]
    return above[0], every


def _key(_number: int):
    return new_key()


def layers_without_the_policy() -> Flood:
    anchor = root()
    low, every = layers(anchor)
    return Flood([low.issue("leaf"), *every], anchor, "search_exhausted", policy=STRICT)


def layers_with_lists() -> Flood:
    anchor = root()
    low, every = layers(anchor)
    lists = [entity.crl() for entity in every]
    return Flood([low.issue("leaf"), *every], anchor, "search_exhausted", crls=lists, policy=LISTS)


def one_name_for_all() -> Flood:
    anchor = root("same")
    keys = [new_key() for _ in range(30)]
    ring = [anchor.authority("same", key=key) for key in keys]
    cross = [entity.authority("same", key=key) for entity, key in zip(ring, keys[1:] + keys[:1], strict=True)]
    return Flood([ring[0].issue("leaf"), *ring, *cross], anchor, "path_invalid", policy=STRICT)


def a_circle_of_thirty() -> Flood:
    names, keys = [f"c{n}" for n in range(30)], [new_key() for _ in range(30)]
    roots = [root(text, key=key) for text, key in zip(names, keys, strict=True)]
    circle = [roots[n - 1].authority(names[n], key=keys[n]) for n in range(30)]
    return Flood([roots[0].issue("leaf"), *circle], root(), "issuer_unknown", policy={"max_depth": 255})


def a_pool_of_names() -> Flood:
    anchor = root()
    names = sans(*[x509.DNSName("a")] * 10_000)
    return Flood(
        [anchor.issue("leaf"), *(anchor.authority("x", extensions=[names]) for _ in range(8))], anchor, "too_large"
    )


def a_pool_of_extensions() -> Flood:
    anchor = root()
    unknown = [
        (x509.UnrecognizedExtension(x509.ObjectIdentifier(f"1.2.3.{n}"), b"\5\0"), False) for n in range(60)
    ]
    return Flood(
        [anchor.issue("leaf"), *(anchor.authority("x", extensions=unknown) for _ in range(60))], anchor, "ok"
    )


def policies(count: int) -> tuple[x509.ExtensionType, bool]:
    held = [x509.PolicyInformation(x509.ObjectIdentifier(f"1.2.3.{n}"), None) for n in range(count)]
    return x509.CertificatePolicies(held), False


def mappings_of_everything() -> Flood:
    pairs = b"".join(seq(oid(f"1.2.3.{a}"), oid(f"1.2.3.{b % 64}")) for a in range(64) for b in range(a, a + 20))
    mapping = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.33"), seq(pairs)), True
    anchor = above = root()
    tiers = []
    for number in range(7):
        above = above.authority(f"tier {number}", extensions=[policies(64), mapping])
        tiers.append(above)
    asked = {"explicit_policy": True, "user_policies": ["1.2.3.1"]}
    return Flood([above.issue("leaf", extensions=[policies(64)]), *tiers], anchor, "path_invalid", policy=asked)


def points_and_lists() -> Flood:
    anchor = root()
    points = [
        x509.DistributionPoint([x509.UniformResourceIdentifier(f"http://a/{n}")], None, None, None)
        for n in range(500)
    ]
    leaf = anchor.issue("leaf", extensions=[(x509.CRLDistributionPoints(points), False)])
    others = scope(*(x509.UniformResourceIdentifier(f"http://b/{n}") for n in range(100)))
    lists = [anchor.crl(number=n, extensions=others) for n in range(1, 61)]
    return Flood([leaf], anchor, "search_exhausted", crls=lists, policy=LISTS)


def points_that_are_slow_to_name() -> Flood:
    anchor = root()
    points = [x509.DistributionPoint([x509.DirectoryName(wide(n))], None, None, None) for n in range(30)]
    leaf = anchor.issue("leaf", extensions=[(x509.CRLDistributionPoints(points), False)])
    lists = [anchor.crl(number=n, extensions=scope(x509.DirectoryName(wide(n)))) for n in range(1, 61)]
    return Flood([leaf], anchor, "too_large", crls=lists, policy=LISTS)


def signers_of_signers() -> Flood:
    anchor = root()
    signers = [anchor.issue("office", extensions=SIGNS_LISTS) for _ in range(40)]
    office = anchor.authority("office")
    lists = [signer.crl(key_id=False) for signer in signers]
    lists.append(anchor.crl(*range(2, 50)))
    return Flood([office.issue("leaf"), office, *signers], anchor, "search_exhausted", crls=lists, policy=LISTS)


def entries_of_every_kind() -> Flood:
    anchor = root()
    dates = (datetime(2026, 1, 1) + timedelta(seconds=n) for n in range(5000))  # noqa: DTZ001
    unlike = [entry_of(n, (x509.InvalidityDate(date), False)) for n, date in enumerate(dates, 2)]
    return Flood([anchor.issue("leaf")], anchor, "too_large", crls=[anchor.crl(*unlike)], policy=LISTS)


def a_large_list() -> Flood:
    anchor = root()
    return Flood([anchor.issue("leaf")], anchor, "ok", crls=[anchor.crl(*range(2, 18_000))], policy=LISTS)


def repeated(answer: bytes, key, count: int) -> bytes:
    """An answer that says its one thing many times."""

    def edit(data: bytes) -> bytes:
        members = rewritten.parts(data)
        place = next(n for n, member in enumerate(members) if member[0] == 0x30)
        members[place] = seq(*rewritten.parts(members[place]) * count)
        return seq(*members)

    return rewritten.answer(answer, key, edit)


def answers_of_many_singles() -> Flood:
    anchor = root()
    middles = twins(anchor, 50)
    leaf = middles[0].issue("leaf")
    told = [repeated(middles[0].answer(leaf.certificate), KEY, 130) for _ in range(3)]
    return Flood([leaf, *middles], anchor, "search_exhausted", ocsp=told, policy=ANSWERS)


def answers_with_many_certificates() -> Flood:
    anchor = root()
    leaf, stranger = anchor.issue("leaf"), anchor.issue("z")
    sent = [anchor.issue(f"r{n}").certificate for n in range(40)]
    told = [anchor.answer(leaf.certificate, responder=stranger, send=sent) for _ in range(20)]
    return Flood([leaf], anchor, "too_large", ocsp=told, policy=ANSWERS)


def a_name_of_many_sets() -> Flood:
    anchor = root()
    subject = seq(*[tlv(0x31, seq(oid("2.5.4.3"), tlv(0x0C, b"a")))] * 60)
    leaf = rewritten.members(anchor.issue("leaf").der, anchor.key, lambda listed: listed.__setitem__(5, subject))
    return Flood([_Raw(leaf)], anchor, "too_large")


@dataclass(frozen=True)
class _Raw:
    """Bytes in place of an entity."""

    der: bytes


FLOODS: dict[str, Callable[[], Flood]] = {
    made.__name__.replace("_", " "): made
    for made in (
        many_constraints_on_twins,
        more_comparisons_than_a_path_may_cost,
        names_that_are_slow_to_compare,
        authorities_that_are_slow_to_name,
        mail_and_addresses_under_constraints,
        twins_without_the_policy,
        twins_below_twins,
        layers_without_the_policy,
        layers_with_lists,
        one_name_for_all,
        a_circle_of_thirty,
        a_pool_of_names,
        a_pool_of_extensions,
        mappings_of_everything,
        points_and_lists,
        points_that_are_slow_to_name,
        signers_of_signers,
        entries_of_every_kind,
        a_large_list,
        answers_of_many_singles,
        answers_with_many_certificates,
        a_name_of_many_sets,
    )
}
