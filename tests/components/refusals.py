"""Ways to be refused: each scenario sends real bytes to a town and returns the answer that refuses them.

`SCENARIOS`: name -> (expected code of the card login protocol, section 7; scenario).
"""

import base64

from components.forgery import elliptic_key, forge, new_key, write
from components.town import BASE_URL, b64url, message
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from idp.errors import Reason
from idp.jpki.profile import Device


def proof_by(resident):
    """A scenario: that resident's card signs."""

    def scenario(town, _folder):
        login = town.begin(town.library)
        town.challenge(login)
        return town.prove(login, town.sign(login, resident))

    return scenario


def forged(**deviation):
    """A scenario: a certificate with a deviation, signed by the CA itself, its key signing correctly."""

    def scenario(town, folder):
        key = deviation.get("key", new_key)()
        wishes = {name: value for name, value in deviation.items() if name != "key"}
        if wishes.get("signing_key") == "stranger":
            wishes["signing_key"] = new_key()
        return present(town, folder, forge(town, key, **wishes), key)

    return scenario


def present(town, folder, certificate, key):
    """Sign in with a certificate that no resident holds."""
    login = town.begin(town.library)
    town.challenge(login)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        der = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
        return town.prove(login, town.sign(login, certificate=der))
    return town.prove(login, town.sign(login, files=write(folder, certificate, key)))


def changed(**members):
    """A scenario: hanako's proof with members replaced."""

    def scenario(town, _folder):
        login = town.begin(town.library)
        town.challenge(login)
        return town.prove(login, town.sign(login, **members))

    return scenario


def raw(body, **options):
    """A scenario: a body that is no proof."""

    def scenario(town, _folder):
        login = town.begin(town.library)
        town.challenge(login)
        return town.prove(login, body, **options)

    return scenario


def wrong_origin(town, _folder):
    """The card signed what another site relayed."""
    login = town.begin(town.library)
    town.challenge(login)
    return town.prove(login, town.sign(login, origin="http://localhost:8001"))


def foreign_transaction(town, _folder):
    """A proof for one login is sent to another."""
    victim, attacker = town.begin(town.library), town.begin(town.library)
    town.challenge(victim)
    town.challenge(attacker)
    return town.prove(attacker, town.sign(victim))


def flipped_bit(town, _folder):
    """One bit of the signature is not the card's."""
    login = town.begin(town.library)
    town.challenge(login)
    proof = town.sign(login)
    signature = bytearray(base64.urlsafe_b64decode(proof["signature"] + "=="))
    signature[0] ^= 1
    return town.prove(login, {**proof, "signature": b64url(bytes(signature))})


def old_proof_on_a_fresh_nonce(town, _folder):
    """A proof is replayed after a new nonce was fetched."""
    login = town.begin(town.library)
    town.challenge(login)
    proof = town.sign(login)
    assert town.prove(login, {**proof, "algorithm": "none"}).status_code == 403
    town.challenge(login)
    return town.prove(login, proof)


def sha1_signature(town, _folder):
    """The card signed SHA-1."""
    login = town.begin(town.library)
    town.challenge(login)
    person = town.resident("hanako")
    key = load_pem_private_key(person.auth_key.read_bytes(), None)
    signature = key.sign(message(login), padding.PKCS1v15(), hashes.SHA1())
    return town.prove(login, town.sign(login, signature=b64url(signature)))


def conflict(town, folder):
    """The CA issues hanako's serial number a second time, for another key."""
    town.sign_in(town.library)
    person = town.resident("hanako")
    real = x509.load_pem_x509_certificate(person.auth_certificate.read_bytes())
    issuer = next(
        a
        for a in town.world.authorities
        if a.key_id == real.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    )
    key = new_key()
    certificate = forge(town, key, serial=real.serial_number, issuer=issuer)
    return present(town, folder, certificate, key)


def phone_at_a_card_service(town, _folder):
    """A service that takes cards alone meets a phone."""
    town.control(do="add-phone", resident="ichiro")
    person = town.resident("ichiro")
    service = town.register("aoba", "cards-only", certificate_types=(Device.CARD,))
    login = town.begin(service)
    town.challenge(login)
    return town.prove(login, town.sign(login, files=(person.phone_certificate, person.phone_key)))


def revoked_now(town, _folder):
    """hanako's certificate is revoked and published."""
    town.control(do="revoke", resident="hanako")
    town.control(do="tick")
    return proof_by("hanako")(town, None)


def revoked_by_list(town, _folder):
    """The same while OCSP is down: the list says so."""
    town.control(do="revoke", resident="hanako")
    town.control(do="tick")
    town.control(do="ocsp", mode="down")
    return proof_by("hanako")(town, None)


def stale(town, _folder):
    """OCSP is down and the lists are old."""
    town.control(do="ocsp", mode="down")
    town.control(do="crl", mode="stale")
    return proof_by("hanako")(town, None)


def garbage_and_stale(town, _folder):
    """OCSP answers garbage and the lists are old."""
    town.control(do="ocsp", mode="garbage")
    town.control(do="crl", mode="stale")
    return proof_by("hanako")(town, None)


def unknown_handle(town, _folder):
    """A handle that nobody issued."""
    login = town.begin(town.library)
    login.link = f"{BASE_URL}/t/aoba/card/{'A' * 22}"
    return town.challenge(login)


def foreign_tenant(town, _folder):
    """A handle of another tenant."""
    login = town.begin(town.library)
    login.link = login.link.replace("/t/aoba/", "/t/wakaba/")
    return town.challenge(login)


def challenge_after_acceptance(town, _folder):
    """The link is fetched again when the login was accepted."""
    login = town.begin(town.library)
    town.accept(login)
    return town.challenge(login)


def proof_without_nonce(town, _folder):
    """A proof arrives and no nonce is outstanding."""
    login = town.begin(town.library)
    town.challenge(login)
    proof = town.sign(login)
    town.prove(login, {**proof, "algorithm": "none"})
    return town.prove(login, proof)


def dead_handle(town, _folder):
    """Five minutes have passed without a load of the page."""
    login = town.begin(town.library)
    town.clock.set_offset(301)
    return town.challenge(login)


def declined(town, _folder):
    """The resident declined before."""
    login = town.begin(town.library)
    town.post(town.browser(), login.link + "/decline")
    return town.challenge(login)


def sixth_nonce(town, _folder):
    """Five nonces were spent on this handle."""
    login = town.begin(town.library)
    for _ in range(5):
        town.challenge(login)
        town.prove(login, town.sign(login, algorithm="none"))
    return town.challenge(login)


def suspended(town, _folder):
    """The service was suspended while the resident was on the card page."""
    login = town.begin(town.library)
    town.challenge(login)
    with town.product.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE client SET state = 'suspended'")
        connection.exec_driver_sql("UPDATE tenant SET config_version = config_version + 1")
    town.product.directory.refresh()
    return town.prove(login, town.sign(login))


def issued_but_unknown(town, folder):
    """The CA's key signed it, and J-LIS does not know its serial number."""
    return forged()(town, folder)


DUPLICATE = b'{"certificate": "AAAA", "certificate": "AAAA", "algorithm": "RS256", "signature": ""}'

SCENARIOS = {
    "expired card": (Reason.CERTIFICATE_EXPIRED, proof_by("saburo")),
    "revoked card": (Reason.CERTIFICATE_REVOKED, proof_by("shiro")),
    "card of tomorrow": (Reason.CERTIFICATE_NOT_YET_VALID, proof_by("goro")),
    "signature certificate": (Reason.CERTIFICATE_WRONG_KIND, proof_by("kiyoshi")),
    "revoked and published": (Reason.CERTIFICATE_REVOKED, revoked_now),
    "revoked, by list": (Reason.CERTIFICATE_REVOKED, revoked_by_list),
    "unknown to J-LIS": (Reason.CERTIFICATE_STATUS_UNKNOWN, issued_but_unknown),
    "same serial, another key": (Reason.CERTIFICATE_CONFLICT, conflict),
    "phone where cards alone are taken": (Reason.CERTIFICATE_TYPE_NOT_ACCEPTED, phone_at_a_card_service),
    "OCSP down, stale list": (Reason.EVIDENCE_TOO_OLD, stale),
    "OCSP garbage, stale list": (Reason.EVIDENCE_TOO_OLD, garbage_and_stale),
    "signed by a stranger": (Reason.CERTIFICATE_UNTRUSTED, forged(signing_key="stranger")),
    "unknown critical extension": (
        Reason.CERTIFICATE_UNTRUSTED,
        forged(extra=((x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True),)),
    ),
    "policy of nobody": (Reason.CERTIFICATE_UNTRUSTED, forged(policy="1.2.392.200149.8.5.1.3.30")),
    "no policy": (Reason.CERTIFICATE_UNTRUSTED, forged(policy=None)),
    "policy not critical": (Reason.CERTIFICATE_UNTRUSTED, forged(policy_critical=False)),
    "server authentication": (Reason.CERTIFICATE_UNTRUSTED, forged(purposes=(ExtendedKeyUsageOID.SERVER_AUTH,))),
    "no extended key usage": (Reason.CERTIFICATE_UNTRUSTED, forged(purposes=None)),
    "no key usage": (Reason.CERTIFICATE_UNTRUSTED, forged(usage=None)),
    "key usage of a signature": (
        Reason.CERTIFICATE_UNTRUSTED,
        forged(usage=("digital_signature", "content_commitment")),
    ),
    "key usage not critical": (Reason.CERTIFICATE_UNTRUSTED, forged(usage_critical=False)),
    "a certification authority": (
        Reason.CERTIFICATE_UNTRUSTED,
        forged(extra=((x509.BasicConstraints(ca=True, path_length=None), True),)),
    ),
    "not a certification authority, and says so": (
        Reason.CERTIFICATE_UNTRUSTED,
        forged(extra=((x509.BasicConstraints(ca=False, path_length=None), True),)),
    ),
    "algorithm none": (Reason.ALGORITHM_REFUSED, changed(algorithm="none")),
    "algorithm of the next card": (Reason.ALGORITHM_REFUSED, changed(algorithm="ES384")),
    "RSA-3072": (Reason.ALGORITHM_REFUSED, forged(key=lambda: new_key(3072))),
    "exponent 3": (Reason.ALGORITHM_REFUSED, forged(key=lambda: new_key(exponent=3))),
    "elliptic curve": (Reason.ALGORITHM_REFUSED, forged(key=elliptic_key)),
    "one bit flipped": (Reason.SIGNATURE_INVALID, flipped_bit),
    "empty signature": (Reason.SIGNATURE_INVALID, changed(signature="")),
    "SHA-1 signature": (Reason.SIGNATURE_INVALID, sha1_signature),
    "signed for another origin": (Reason.SIGNATURE_INVALID, wrong_origin),
    "signed for another transaction": (Reason.SIGNATURE_INVALID, foreign_transaction),
    "old proof, fresh nonce": (Reason.SIGNATURE_INVALID, old_proof_on_a_fresh_nonce),
    "not JSON": (Reason.MALFORMED, raw(b"\xff\x00")),
    "a list": (Reason.MALFORMED, raw(b"[]")),
    "deeply nested": (Reason.MALFORMED, raw(b"[" * 20000)),
    "duplicate member": (Reason.MALFORMED, raw(DUPLICATE)),
    "another content type": (Reason.MALFORMED, raw(b"{}", content_type="text/plain")),
    "no certificate": (Reason.MALFORMED, changed(certificate=None)),
    "certificate not base64": (Reason.MALFORMED, changed(certificate="!!!!")),
    "certificate not DER": (Reason.MALFORMED, changed(certificate="AAAA")),
    "signature not base64url": (Reason.MALFORMED, changed(signature="a+b/")),
    "signature a list": (Reason.MALFORMED, changed(signature=[1])),
    "input support not asked": (Reason.MALFORMED, changed(input_support={"ef0002": ""})),
    "a counter terminal's member": (Reason.MALFORMED, changed(terminal="t1")),
    "huge": (Reason.TOO_LARGE, raw(b"x" * 70_000)),
    "huge certificate": (Reason.TOO_LARGE, changed(certificate="A" * 40_000)),
    "unknown handle": (Reason.NOT_FOUND, unknown_handle),
    "another tenant's handle": (Reason.NOT_FOUND, foreign_tenant),
    "link after acceptance": (Reason.ALREADY_USED, challenge_after_acceptance),
    "no nonce outstanding": (Reason.ALREADY_USED, proof_without_nonce),
    "five minutes later": (Reason.EXPIRED, dead_handle),
    "after a decline": (Reason.DECLINED, declined),
    "sixth nonce": (Reason.RATE_LIMITED, sixth_nonce),
    "service suspended": (Reason.SERVICE_SUSPENDED, suspended),
}
