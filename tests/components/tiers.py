"""Authorities above authorities, as bridges and private certification services have them, with lists and OCSP."""

import datetime as dt
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from asn1crypto.x509 import PolicyMappings
from components.town import Quiet
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

DAY = dt.timedelta(days=1)
OUR_POLICY, BRIDGE_POLICY, THEIR_POLICY = "1.2.392.999.1", "1.2.392.999.2", "1.2.392.999.3"
_serials = count(0x1001)
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass
class Authority:
    """A CA with its key; `certificate` is the newest one issued to it."""

    name: str
    now: dt.datetime
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    certificate: x509.Certificate | None = None

    @property
    def der(self) -> bytes:
        """Its certificate."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def subject(self) -> x509.Name:
        """Its name."""
        return name(self.name)

    def root(self, **wishes) -> "Authority":
        """Make it a root."""
        self.certificate = self.issue(self, policies=(), **wishes)
        return self

    def certify(self, other: "Authority", **wishes) -> bytes:
        """Issue a CA certificate to another authority, which keeps it."""
        other.certificate = self.issue(other, **wishes)
        return other.der

    def issue(
        self, holder, *, policies=(OUR_POLICY,), mappings=(), path_length=None, life=None
    ) -> x509.Certificate:
        """A CA certificate for `holder`."""
        builder = self._builder(holder.subject, holder.key.public_key(), life)
        builder = builder.add_extension(x509.BasicConstraints(True, path_length), True)
        builder = builder.add_extension(usage("key_cert_sign", "crl_sign"), True)
        builder = _with_policies(builder, policies)
        if mappings:
            encoded = PolicyMappings(
                [{"issuer_domain_policy": ours, "subject_domain_policy": theirs} for ours, theirs in mappings]
            ).dump()
            builder = builder.add_extension(
                x509.UnrecognizedExtension(ExtensionOID.POLICY_MAPPINGS, encoded), True
            )
        return builder.sign(self.key, hashes.SHA256())

    def leaf(
        self,
        *,
        policies=(OUR_POLICY,),
        usages=("digital_signature",),
        purposes=(),
        life=None,
        key=None,
        critical=False,
        subject=None,
        extensions=(),
    ) -> bytes:
        """An end entity's certificate, of `key` or of one that nobody keeps; `critical`: its purposes."""
        holder = (key or ec.generate_private_key(ec.SECP256R1())).public_key()
        builder = self._builder(subject or name("Somebody"), holder, life).add_extension(usage(*usages), True)
        for extension in extensions:
            builder = builder.add_extension(extension, False)
        if purposes:
            builder = builder.add_extension(x509.ExtendedKeyUsage(list(purposes)), critical)
        return _with_policies(builder, policies).sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def crl(self, *revoked: bytes, number=1, age=dt.timedelta(hours=1), life=DAY) -> bytes:
        """Its list: certificates that it names, by their DER."""
        this_update = self.now - age
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.subject).last_update(this_update)
        builder = builder.next_update(this_update + life)
        builder = builder.add_extension(x509.CRLNumber(number), False).add_extension(self._key_id(), False)
        for der in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(serial_of(der)).revocation_date(this_update)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def answer(
        self, request_der: bytes, *revoked: bytes, nonce=True, age=dt.timedelta(0), life=dt.timedelta(hours=1)
    ) -> bytes:
        """Its OCSP answer, signed by itself."""
        request = ocsp.load_der_ocsp_request(request_der)
        is_revoked = request.serial_number in set(map(serial_of, revoked))
        this_update = self.now - age
        builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
            issuer_name_hash=request.issuer_name_hash,
            issuer_key_hash=request.issuer_key_hash,
            serial_number=request.serial_number,
            algorithm=request.hash_algorithm,
            cert_status=ocsp.OCSPCertStatus.REVOKED if is_revoked else ocsp.OCSPCertStatus.GOOD,
            this_update=this_update,
            next_update=this_update + life,
            revocation_time=this_update if is_revoked else None,
            revocation_reason=None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.certificate)
        if nonce:
            asked = request.extensions.get_extension_for_class(x509.OCSPNonce).value
            builder = builder.add_extension(asked, False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _key_id(self) -> x509.AuthorityKeyIdentifier:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())

    def _builder(self, subject, public_key, life) -> x509.CertificateBuilder:
        begin, end = life or (self.now - 10 * DAY, self.now + 1000 * DAY)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.subject)
            .public_key(public_key)
            .serial_number(next(_serials))
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), False)
            .add_extension(self._key_id(), False)
        )


def name(common: str) -> x509.Name:
    """A distinguished name."""
    attributes = ((x509.NameOID.COUNTRY_NAME, "JP"), (x509.NameOID.ORGANIZATION_NAME, common))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


def usage(*asserted: str) -> x509.KeyUsage:
    """These key usages and no others."""
    return x509.KeyUsage(**{each: each in asserted for each in _USAGES})


def serial_of(der: bytes) -> int:
    """The serial number of a certificate."""
    return x509.load_der_x509_certificate(der).serial_number


def sha256(der: bytes) -> str:
    """A fingerprint as an operator writes it."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(der)
    return digest.finalize().hex(":").upper()


def _with_policies(builder: x509.CertificateBuilder, policies) -> x509.CertificateBuilder:
    if not policies:
        return builder
    stated = [x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in policies]
    return builder.add_extension(x509.CertificatePolicies(stated), False)


@dataclass
class Bridge:
    """LGPKI's shape: our root certifies a bridge, the bridge a city's authority, each in its own policies."""

    root: Authority
    bridge: Authority
    city: Authority
    cross: bytes
    onward: bytes

    @property
    def lists(self) -> tuple[bytes, bytes, bytes]:
        """A fresh list of each authority that names nobody."""
        return self.root.crl(), self.bridge.crl(), self.city.crl()

    def leaf(self, **wishes) -> bytes:
        """A certificate of the city's."""
        return self.city.leaf(**{"policies": (THEIR_POLICY,), **wishes})


def found_bridge(now: dt.datetime) -> Bridge:
    """Cross-certificates with policy mapping."""
    root = Authority("Trial Root", now).root()
    bridge, city = Authority("Trial Bridge", now), Authority("Trial City", now)
    cross = root.certify(bridge, mappings=((OUR_POLICY, BRIDGE_POLICY),))
    onward = bridge.certify(city, policies=(BRIDGE_POLICY,), mappings=((BRIDGE_POLICY, THEIR_POLICY),))
    return Bridge(root, bridge, city, cross, onward)


@contextmanager
def responder(answer):
    """An OCSP responder on a socket: its URL. `answer` makes DER of a request's DER, or raises to be silent."""

    @Request.application
    def application(request):
        try:
            return Response(answer(request.get_data()), mimetype="application/ocsp-response")
        except LookupError:
            return Response(status=500)

    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.port}/ocsp"
    finally:
        server.shutdown()
        server.server_close()


CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH
