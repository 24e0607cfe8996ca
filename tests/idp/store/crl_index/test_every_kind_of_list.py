"""Revocation lists: whole, the anchor's own, and what they say of one serial number (RFC 5280 sections 5, 6.3)."""

import hashlib
import io

import pytest
from components import resigned
from components.hierarchy import DAY, NOW, SERIAL, anchor_of
from components.status import revocation_list, unrecognized
from cryptography import x509
from cryptography.x509.oid import NameOID

from idp.errors import Reason, Refusal
from idp.jpki.crl_scope import WHOLE as WHOLE_CA
from idp.jpki.revocation import CLOCK_SKEW, Method, NoEvidence
from idp.store.crl_index.catalogue import Catalogue
from idp.store.crl_index.lists import IndexedLists

SECOND = DAY / 86400
OTHER_NAME = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "JPKI-TEST")])
HOLD = x509.CRLReason(x509.ReasonFlags.certificate_hold)


def reason(flag):
    """An entry's reasonCode extension."""
    return x509.CRLReason(flag), False


class InUse:
    """One list in use for an anchor, asked as a login asks."""

    def __init__(self, folder, anchor, der):
        self.anchor = anchor
        catalogue = Catalogue(folder, max_bytes=1 << 20)
        catalogue.load(io.BytesIO(der), [anchor], now=lambda: NOW, scope=WHOLE_CA)
        self.lists = IndexedLists(catalogue, lambda: NOW)

    def evidence_for(self, serial):
        """Evidence about a certificate of that serial number."""
        return self.lists.evidence_for(self.anchor, serial)


@pytest.fixture
def judged(tmp_path, hierarchy):
    """Take a list into use for the anchor that issues user certificates."""
    return lambda der, anchor=hierarchy.anchor: InUse(tmp_path, anchor, der)


def listed(**deviation):
    """A list with a deviation."""
    return lambda h: revocation_list(h.user, **deviation)


def entry(*extensions):
    """A list with one entry of these extensions."""
    return listed(entries=[(SERIAL + 1, extensions)])


def edited(edit, **options):
    """A good list, changed and signed again by the CA."""
    return lambda h: resigned.revocation_list(revocation_list(h.user), h.user.key, edit, **options)


def altered(change):
    """The bytes of a good list, changed."""
    return lambda h: change(revocation_list(h.user))


def distribution_point(*, critical=True, **narrowing):
    """An issuingDistributionPoint, narrowing as told."""
    defaults = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**(defaults | narrowing)), critical


NO_LIST = {
    "nothing": lambda _h: b"",
    "an error page": lambda _h: b"<html>404</html>",
    "cut off": altered(lambda der: der[:-1]),
    "a byte after it": altered(lambda der: der + b"\0"),
    "an extension twice": edited(lambda tbs: tbs["crl_extensions"].append(tbs["crl_extensions"][0])),
    "version 1 written out": edited(lambda tbs: tbs.__setitem__("version", "v1")),
    "a version that does not exist": edited(lambda tbs: tbs.__setitem__("version", 3)),
    "an entry's X.400 address": entry(unrecognized("2.5.29.29", bytes.fromhex("3002a300"))),
    "signed by another key": lambda h: revocation_list(h.user, signing_key=h.stranger_key),
    "of another generation, under its key identifier": lambda h: revocation_list(h.newer),
    "of another generation, under ours": lambda h: revocation_list(h.user, signing_key=h.newer.key),
    "of the other kind's CA": lambda h: revocation_list(h.signature),
    "signed by us, another issuer name": listed(issuer_name=OTHER_NAME),
    "signed by us, another key identifier": lambda h: revocation_list(
        h.user, key_identifier=h.newer.authority_key_identifier
    ),
    "one bit of the signature": altered(lambda der: der[:-1] + bytes([der[-1] ^ 1])),
    "outer algorithm unlike the inner": edited(resigned.unchanged, outer="sha512_rsa"),
    "SHA-1": edited(lambda tbs: tbs["signature"].__setitem__("algorithm", "sha1_rsa"), outer="sha1_rsa"),
    "SHA-512": edited(lambda tbs: tbs["signature"].__setitem__("algorithm", "sha512_rsa"), outer="sha512_rsa"),
    "an algorithm that nobody knows": altered(
        lambda der: der.replace(bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010163"))
    ),
    "no extensions": edited(lambda tbs: tbs.__delitem__("crl_extensions")),
    "without end": edited(lambda tbs: tbs.__delitem__("next_update")),
    "of the future": listed(this_update=NOW + CLOCK_SKEW + SECOND),
    "an entry that only a delta list may hold": entry(reason(x509.ReasonFlags.remove_from_crl)),
    "a delta list": listed(extra=((x509.DeltaCRLIndicator(3), True),)),
    "a delta list that hides it": listed(extra=((x509.DeltaCRLIndicator(3), False),)),
    "indirect": listed(extra=(distribution_point(indirect_crl=True),)),
    "of one distribution point": listed(extra=(distribution_point(full_name=[x509.DirectoryName(OTHER_NAME)]),)),
    "of some reasons": listed(
        extra=(distribution_point(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise})),)
    ),
    "unknown critical extension": listed(extra=(unrecognized("1.2.3.4", b"\5\0", critical=True),)),
    "an entry's unknown critical extension": entry(unrecognized("1.2.3.4", b"\5\0", critical=True)),
    "an entry of another issuer": entry(
        (x509.CertificateIssuer([x509.DirectoryName(OTHER_NAME)]), True), reason(x509.ReasonFlags.superseded)
    ),
    "an entry's reason that does not exist": entry(unrecognized("2.5.29.21", b"\x0a\1\7")),
    "an entry's reason that is none": entry(unrecognized("2.5.29.21", b"\4\1\1")),
}


@pytest.mark.parametrize("name", NO_LIST)
def test_what_is_not_the_anchors_whole_list(judged, hierarchy, name):
    """No evidence for anybody: a list that might leave out an entry proves nothing."""
    with pytest.raises(NoEvidence) as none:
        judged(NO_LIST[name](hierarchy))
    assert not none.value.stale


WHOLE = {
    "as the sandbox makes it": listed(),
    "unknown extension, not critical": listed(extra=(unrecognized("1.2.3.4", b"\5\0"),)),
    "entry with an unknown extension, not critical": entry(unrecognized("1.2.3.4", b"\5\0")),
    "critical key identifier and number": edited(
        lambda tbs: [e.__setitem__("critical", True) for e in tbs["crl_extensions"]]
    ),
    "critical reason": entry((HOLD, True)),
    "critical date of invalidity": entry((x509.InvalidityDate(NOW.replace(tzinfo=None) - DAY), True)),
    "an extension that is none, not critical": listed(extra=(unrecognized("2.5.29.18", b"\4\1"),)),
    "not critical, an X.400 address among its names": listed(
        extra=(unrecognized("2.5.29.18", bytes.fromhex("3002a300")),)
    ),
    "of user certificates alone": listed(extra=(distribution_point(only_contains_user_certs=True),)),
    "of user certificates alone, and hides it": listed(
        extra=(distribution_point(critical=False, only_contains_user_certs=True),)
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_list_is_evidence_for_whom_it_leaves_out(judged, hierarchy, name):
    """With its times as signed, and the digest by which an auditor finds it again."""
    der = WHOLE[name](hierarchy)
    evidence = judged(der).evidence_for(SERIAL)
    digest = hashlib.sha256(x509.load_der_x509_crl(der).tbs_certlist_bytes).digest()
    assert (Method.CRL, NOW, NOW - DAY / 2, NOW + DAY, digest) == (
        evidence.method,
        evidence.checked_at,
        evidence.this_update,
        evidence.next_update,
        evidence.digest,
    )


def test_each_generations_list_is_its_own(judged, hierarchy):
    """The same bytes are a list for their anchor and none for its namesake."""
    der = revocation_list(hierarchy.newer)
    assert judged(der, anchor_of(hierarchy.newer)).evidence_for(SERIAL).method == Method.CRL


REASONS = [(flag, flag.value) for flag in x509.ReasonFlags if flag.name in (
    "key_compromise", "ca_compromise", "affiliation_changed", "superseded", "cessation_of_operation",
    "certificate_hold", "privilege_withdrawn", "aa_compromise",
)]  # fmt: skip


@pytest.mark.parametrize(("flag", "told"), [*REASONS, (None, "unspecified")], ids=str)
def test_an_entry_is_a_revocation_whatever_its_reason(judged, hierarchy, flag, told):
    """A hold is not lifted in JPKI: each entry refuses."""
    extensions = [] if flag is None else [reason(flag)]
    entries = [(SERIAL - 1, []), (SERIAL, extensions), (SERIAL + 1, [])]
    crl = judged(revocation_list(hierarchy.user, entries=entries))
    with pytest.raises(Refusal) as refused:
        crl.evidence_for(SERIAL)
    assert (Reason.CERTIFICATE_REVOKED, told) == (refused.value.reason, refused.value.revocation_reason)


def test_serial_numbers_are_whole_numbers(judged, hierarchy):
    """A long serial number is compared in full, not by its last octets."""
    long = SERIAL + (1 << 120)
    crl = judged(revocation_list(hierarchy.user, entries=[(long, [])]))
    assert crl.evidence_for(SERIAL).method == Method.CRL
    with pytest.raises(Refusal):
        crl.evidence_for(long)


AGES = {
    "as old as it may be": (NOW - 2 * DAY, NOW + DAY, None),
    "a second older": (NOW - 2 * DAY - SECOND, NOW + DAY, True),
    "its end within the skew": (NOW - DAY, NOW - CLOCK_SKEW + SECOND, None),
    "past its end": (NOW - DAY, NOW - CLOCK_SKEW, True),
    "their clock is ahead": (NOW + CLOCK_SKEW, NOW + DAY, None),
}


@pytest.mark.parametrize("name", AGES)
def test_a_lists_age_is_judged_at_use(judged, hierarchy, name):
    """Once judged a list is kept, and grows old where it lies."""
    this_update, next_update, stale = AGES[name]
    crl = judged(revocation_list(hierarchy.user, this_update=this_update, next_update=next_update))
    if stale is None:
        assert next_update == crl.evidence_for(SERIAL).next_update
        return
    with pytest.raises(NoEvidence) as none:
        crl.evidence_for(SERIAL)
    assert stale is none.value.stale


def test_an_entry_counts_in_an_old_list_too(judged, hierarchy):
    """Revocation is not undone: what stood in last year's list is refused today."""
    der = revocation_list(
        hierarchy.user, entries=[(SERIAL, [])], this_update=NOW - 300 * DAY, next_update=NOW - 299 * DAY
    )
    with pytest.raises(Refusal) as refused:
        judged(der).evidence_for(SERIAL)
    assert refused.value.reason == Reason.CERTIFICATE_REVOKED
