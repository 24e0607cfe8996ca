"""The strict gate: what is not canonical, complete and of known shape never reaches a parser's mercy."""

from dataclasses import replace

import pytest
from components.hierarchy import found_authority
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from vectors import jpki_raw as raw
from vectors.hierarchy import NOW, issue, name, new_key, root

from connectors.ports import CertificateKind
from idp.errors import Reason
from idp.jpki.path import algorithms, der, entries, gate, lists, names, responses
from idp.jpki.path.engine import Evidence, validate
from idp.jpki.path.limits import Budget
from idp.jpki.path.policy import PathPolicy, Revocation
from idp.jpki.path.reasons import PathReason, PathRefusal
from idp.jpki.path.store import STORES, Purpose, TrustStore

KEY = rsa.generate_private_key(65537, 2048)


def reason_of(call, *arguments, **keywords) -> PathReason:
    with pytest.raises(PathRefusal) as refusal:
        call(*arguments, **keywords)
    return refusal.value.reason


def sequence(*members: str) -> bytes:
    content = b"".join(bytes.fromhex(member) for member in members)
    return b"\x30" + bytes([len(content)]) + content


BROKEN = {
    "empty": b"",
    "one byte": b"\x30",
    "no SEQUENCE": b"\x04\x00",
    "appended": sequence() + b"\x00",
    "indefinite length": bytes.fromhex("30800000"),
    "length of length": bytes.fromhex("3085000000000100"),
    "long length for short": bytes.fromhex("3081020500"),
    "leading zero in length": bytes.fromhex("30820080047e") + bytes(126),
    "cut off": bytes.fromhex("300504"),
    "high tag": sequence("1f8101"),
    "BOOLEAN 1": sequence("010101"),
    "BOOLEAN of two": sequence("0102ffff"),
    "empty INTEGER": sequence("0200"),
    "INTEGER 00 01": sequence("02020001"),
    "INTEGER ff ff": sequence("0202ffff"),
    "empty BIT STRING": sequence("0300"),
    "9 unused bits": sequence("03020900"),
    "unused bits of nothing": sequence("030101"),
    "unused bit set": sequence("03020101"),
    "NULL with content": sequence("050100"),
    "empty OID": sequence("0600"),
    "OID cut off": sequence("06022a81"),
    "OID not minimal": sequence("06032a8001"),
    "UTCTime without seconds": sequence("170b323630363031303030305a"),
    "UTCTime with offset": sequence("1711" + b"260601000000+0900".hex()),
    "GeneralizedTime with fraction": sequence("1811" + b"20260601000000.5Z".hex()),
    "SET out of order": sequence("3106020102020101"),
    "primitive SEQUENCE": sequence("1000"),
    "primitive SET": sequence("1100"),
    "end of contents": sequence("0000"),
    "too deep": b"".join(b"\x30\x82" + (4 * n).to_bytes(2, "big") for n in range(300, -1, -1)),
}


@pytest.mark.parametrize("case", BROKEN)
def test_walk_refuses_what_is_not_canonical(case):
    """Each departure from DER is MALFORMED."""
    assert reason_of(der.walk, BROKEN[case]) is PathReason.MALFORMED


def test_walk_counts_and_caps():
    """Canonical bytes are counted, and too many elements are refused."""
    fine = sequence(
        "0101ff", "020100", "0303010480", "0500", "06022a03", "31060201010201" + "02", "0a0101", "a000"
    )
    assert der.walk(fine) == 11
    many = bytes.fromhex("0500") * 5000
    assert reason_of(der.walk, b"\x30\x82" + len(many).to_bytes(2, "big") + many) is PathReason.TOO_LARGE


@pytest.mark.parametrize(
    ("spend", "cost", "reason"),
    [
        ("spend_elements", 10**6, PathReason.TOO_LARGE),
        ("spend_signature", 10**6, PathReason.SEARCH_EXHAUSTED),
        ("spend_validation", 10**6, PathReason.SEARCH_EXHAUSTED),
    ],
)
def test_budget_ends(spend, cost, reason):
    """Each counter refuses with its reason when it is used up."""
    assert reason_of(getattr(Budget(), spend), cost) is reason


def test_budget_of_steps_and_entries_ends():
    """Counters that are paid one by one end too."""
    budget = Budget()
    budget.steps = budget.entries = 0
    assert reason_of(budget.spend_step) is PathReason.SEARCH_EXHAUSTED
    assert reason_of(budget.spend_entry) is PathReason.TOO_LARGE
    assert budget.is_overdrawn


def test_outer_algorithm_must_equal_the_inner():
    """Dropping the NULL outside gives another file with the same signature: refused."""
    anchor = root()
    good = anchor.issue("leaf").der
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    at = good.rindex(algorithm)
    other = good[:at] + algorithm[:-1] + b"\x03" + good[at + len(algorithm) :]
    assert reason_of(gate.read, other, Budget()) is PathReason.MALFORMED


def test_certificates_that_are_none():
    """Structures of another shape are MALFORMED whatever their parts look like."""
    good = root().der
    parts = der.children(good, der.whole(good))
    tbs = good[parts[0].start : parts[0].end]
    assert reason_of(gate.signed_parts, sequence("3000")) is PathReason.MALFORMED
    assert reason_of(gate.signed_parts, sequence("3000", "3000", "03020100")) is PathReason.MALFORMED
    assert reason_of(gate.read, tbs, Budget()) is PathReason.MALFORMED
    assert reason_of(gate.read, bytes(64 * 1024 + 1), Budget()) is PathReason.TOO_LARGE


def written(**attributes: bytes) -> bytes:
    """A certificate of the second generator with some fields replaced."""
    authority = found_authority(CertificateKind.USER, 2, KEY, KEY)
    order = raw.Order(authority, KEY, serial=7, begin=NOW, end=NOW, common_name="x")
    for field, value in attributes.items():
        setattr(order, field, value)
    return order.build()


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@pytest.mark.parametrize(
    "attributes",
    [
        {"version": raw.tlv(0xA0, raw.integer(1))},
        {"version": raw.tlv(0xA0, raw.integer(3))},
        {"version": b"", "extensions": {}},
        {"serial": raw.integer(0)},
        {"serial": raw.integer(-1)},
        {"serial": raw.integer(1 << 160)},
        {"repeated": "2.5.29.37"},
        {"finish": lambda der_: der_ + b"\x00"},
    ],
)
def test_version_serial_and_repetition(attributes):
    """Version 3 alone; a serial is positive and has at most 20 octets; no extension stands twice."""
    assert reason_of(gate.read, written(**attributes), Budget()) is PathReason.MALFORMED


def test_unique_identifiers_and_absent_extensions_are_kept_as_they_are():
    """Issuers are matched by unique identifier too, so it is kept; a certificate may have no extensions."""
    assert gate.read(written(unique_id=raw.tlv(0x81, b"\x00x")), Budget()).issuer_unique_id == b"\x00x"
    assert gate.read(written(extensions={}), Budget()).authority_key_id is None
    unreadable = raw.seq(raw.algorithm("2a864886f70d010101"), raw.tlv(0x03, b"\x00junk"))
    assert reason_of(gate.read, written(spki=unreadable), Budget()) is PathReason.KEY_REFUSED


def test_names_compare_as_rfc_5280_says():
    """Case, inner spaces and string type do not matter; order, type and text do."""
    utf8 = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Aoba  CITY")]).public_bytes()
    printable = utf8.replace(b"\x0c\x0aAoba  CITY", b"\x13\x0aaoba city ")
    assert (
        names.rdn_keys(utf8, Budget())
        == names.rdn_keys(printable, Budget())
        != names.rdn_keys(name("b").public_bytes(), Budget())
    )
    odd = utf8.replace(b"\x0c\x0a", b"\x04\x0a")
    assert names.rdn_keys(odd, Budget()) != names.rdn_keys(utf8, Budget())
    assert reason_of(names.rdn_keys, utf8.replace(b"Aoba", b"\xff\xff\xff\xff"), Budget()) is PathReason.MALFORMED
    assert reason_of(names.rdn_keys, sequence("3000"), Budget()) is PathReason.MALFORMED
    assert reason_of(names.rdn_keys, bytes(1025), Budget()) is PathReason.TOO_LARGE


def test_keys_with_a_small_factor_or_wrong_family():
    """A modulus with a small factor is refused, and a key never verifies another family's signature."""
    identifier = bytes.fromhex("300d06092a864886f70d0101010500")
    modulus = 3 * ((1 << 2046) + 9)
    key = rsa.RSAPublicNumbers(65537, modulus if modulus & 1 else modulus + 3).public_key()
    assert reason_of(algorithms.require_key, identifier, key, weak_ok=False) is PathReason.KEY_REFUSED
    row = algorithms.signature_algorithm(bytes.fromhex("300a06082a8648ce3d040302"), weak_ok=False)
    assert not algorithms.verifies(row, key, b"", b"")
    elliptic = new_key().public_key()
    assert not algorithms.verifies(row, elliptic, b"junk", b"")


def test_pss_signatures_verify_with_the_one_salt_length():
    """RSASSA-PSS counts with its hash's salt length, and not with another."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    key = rsa.generate_private_key(65537, 2048)
    rows = [row for row in algorithms.SIGNATURES.values() if row.pss]
    assert len(rows) == 3
    for row in rows:
        for salt in (row.hash.digest_size, 0):
            signature = key.sign(b"data", padding.PSS(padding.MGF1(row.hash), salt), row.hash)
            assert algorithms.verifies(row, key.public_key(), signature, b"data") is (salt > 0)
    assert isinstance(rows[0].hash, hashes.SHA256)


ENTRY_DATE = "170d3236303630313030303030305a"
ENTRIES = {
    "no date": "3003020107",
    "bad date": "3012020107" + "170d" + b"26060100000AZ".hex(),
    "serial not minimal": "3013" + "02020007" + ENTRY_DATE,
    "trailing": "3014020107" + ENTRY_DATE + "0500",
    "bad extension": "3016020107" + ENTRY_DATE + "3002" + "3000",
    "default encoded": "3021020107" + ENTRY_DATE + "300d300b0603551d15010100" + "04030a0101"[:6],
    "extension twice": "302c020107" + ENTRY_DATE + "3018" + "300a0603551d1504030a0101" * 2,
}


@pytest.mark.parametrize("case", ENTRIES)
def test_entries_of_a_list(case):
    """An entry of any other shape makes the list MALFORMED."""
    raw = bytes.fromhex(ENTRIES[case])
    raw = raw[:1] + bytes([len(raw) - 2]) + raw[2:]
    whole = b"\x30" + bytes([len(raw)]) + raw
    assert reason_of(entries.read, whole, der.whole(whole), (), Budget(), indirect=False) is PathReason.MALFORMED


def test_lists_and_answers_of_another_shape():
    """Version 1 lists, differing algorithms and answers that are no basic response are MALFORMED."""
    anchor = root()
    good = anchor.crl()
    parts = der.children(good, der.whole(good))
    version = der.children(good, parts[0])[0]
    no_version = good[: version.start] + good[version.end :]
    body = no_version[parts[0].content : len(no_version) - (len(good) - parts[0].end)]
    tbs = b"\x30\x81" + bytes([len(body)]) + body
    whole = tbs + good[parts[1].start :]
    old = b"\x30\x82" + len(whole).to_bytes(2, "big") + whole
    assert reason_of(lists.read_list, old, Budget()) is PathReason.MALFORMED
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    at = good.rindex(algorithm)
    other = good[:at] + algorithm[:-1] + b"\x03" + good[at + len(algorithm) :]
    assert reason_of(lists.read_list, other, Budget()) is PathReason.MALFORMED
    for answer in (sequence("0a0100", "a000"), sequence("0a0100", "a00430020500"), sequence("0a0100", "a0023000")):
        assert reason_of(responses.read_response, answer, Budget()) is PathReason.MALFORMED


def test_stores_trust_nothing_until_somebody_loads_anchors():
    """Every purpose has a store; without anchors, and without policies where they are unknown, all is refused."""
    anchor = root()
    leaf = anchor.issue("leaf").der
    for purpose in Purpose:
        assert reason_of(validate, leaf, Evidence(), STORES[purpose], NOW) is not None
    open_store = STORES[Purpose.LGPKI].with_anchors([anchor.der]).with_policies(["1.2.3"])
    assert (open_store.anchors, open_store.policy.user_policies) == ((anchor.der,), frozenset({"1.2.3"}))
    assert reason_of(validate, leaf, Evidence(), open_store, NOW) is PathReason.USAGE_REFUSED


def test_jpki_stores_accept_the_sandbox_profile_alone():
    """A signature certificate is nothing to the user store, and the other way round."""
    policy = STORES[Purpose.JPKI_SIGNATURE].policy
    assert policy.key_usage == {"digital_signature", "content_commitment"}
    assert policy.max_depth == STORES[Purpose.JPKI_USER].policy.max_depth == 0


def test_every_reason_has_a_public_one():
    """Trust failures look alike outside; revocation, time and size are told apart."""
    assert PathRefusal(PathReason.NAME_CONSTRAINTS, "x").public is Reason.CERTIFICATE_UNTRUSTED
    assert PathRefusal(PathReason.REVOKED).public is Reason.CERTIFICATE_REVOKED


def test_verdict_names_the_path():
    """An accepted leaf comes with its path, from leaf to anchor."""
    anchor = root()
    middle = anchor.authority("middle")
    leaf = middle.issue("leaf")
    store = TrustStore(Purpose.LGPKI, PathPolicy(revocation=Revocation.OFF), (anchor.der,))
    verdict = validate(leaf.der, Evidence((middle.der,)), store, NOW)
    assert verdict.path == (leaf.der, middle.der, anchor.der)
    deep = replace(store, policy=replace(store.policy, max_depth=0))
    assert reason_of(validate, leaf.der, Evidence((middle.der,)), deep, NOW) is PathReason.PATH_TOO_LONG
    assert issue("x").der
