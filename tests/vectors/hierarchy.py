"""A hierarchy of test authorities, built with `cryptography`: every certificate is right unless told otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
Extensions = Sequence[tuple[x509.ExtensionType, bool]]


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def usage(*bits: str) -> x509.KeyUsage:
    every = (
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
    return x509.KeyUsage(**{bit: bit in bits for bit in every})


CA_USAGE = (usage("key_cert_sign", "crl_sign"), True)


def sans(*names: x509.GeneralName) -> tuple[x509.ExtensionType, bool]:
    return x509.SubjectAlternativeName(names), False


def purposes(*oids: str) -> tuple[x509.ExtensionType, bool]:
    return x509.ExtendedKeyUsage([x509.ObjectIdentifier(oid) for oid in oids]), False


def der(thing) -> bytes:
    return thing.public_bytes(Encoding.DER)


@dataclass(eq=False)
class Entity:
    """A certificate with its key; an authority issues others, lists and answers."""

    certificate: x509.Certificate
    key: object
    serials: list[int] = field(default_factory=list)

    @property
    def der(self) -> bytes:
        return der(self.certificate)

    @property
    def subject(self) -> x509.Name:
        return self.certificate.subject

    def issue(self, subject: str | x509.Name, **settings) -> "Entity":
        return issue(subject, issuer=self, **settings)

    def authority(self, subject: str | x509.Name, **settings) -> "Entity":
        return issue(subject, issuer=self, ca=True, **settings)

    def crl(
        self,
        *revoked: int | x509.RevokedCertificate,
        issuer: x509.Name | None = None,
        number: int | None = 1,
        extensions: Extensions = (),
        this_update: datetime = NOW - DAY,
        next_update: datetime = NOW + DAY,
        algorithm=None,
        key_id: bool = True,
    ) -> bytes:
        builder = x509.CertificateRevocationListBuilder()
        builder = builder.issuer_name(issuer or self.subject).last_update(this_update).next_update(next_update)
        if number is not None:
            builder = builder.add_extension(x509.CRLNumber(number), False)
        if key_id:
            aki = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
            builder = builder.add_extension(aki, False)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        for entry in revoked:
            builder = builder.add_revoked_certificate(entry_of(entry) if isinstance(entry, int) else entry)
        return der(builder.sign(self.key, algorithm or hashes.SHA256()))

    def answer(
        self,
        about: x509.Certificate,
        *,
        status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
        responder: "Entity | None" = None,
        named: "Entity | None" = None,
        issuer: x509.Certificate | None = None,
        hash_algorithm=None,
        algorithm=None,
        this_update: datetime = NOW - timedelta(minutes=5),
        next_update: datetime | None = NOW + timedelta(minutes=10),
        by_name: bool = False,
        extensions: Extensions = (),
        send: Sequence[x509.Certificate] | None = None,
    ) -> bytes:
        """An OCSP answer by this authority, or by `responder`; `named` goes into the ResponderID instead."""
        signer = responder or self
        revoked = status is ocsp.OCSPCertStatus.REVOKED
        builder = ocsp.OCSPResponseBuilder().add_response(
            about,
            issuer or self.certificate,
            hash_algorithm or hashes.SHA256(),
            status,
            this_update,
            next_update,
            NOW - DAY if revoked else None,
            None,
        )
        encoding = ocsp.OCSPResponderEncoding.NAME if by_name else ocsp.OCSPResponderEncoding.HASH
        builder = builder.responder_id(encoding, (named or signer).certificate)
        sent = send if send is not None else ([responder.certificate] if responder else [])
        if sent:
            builder = builder.certificates(list(sent))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return der(builder.sign(signer.key, algorithm or hashes.SHA256()))


def entry_of(serial: int, *extensions: tuple[x509.ExtensionType, bool]) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW - DAY)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.build()


def issue(
    subject: str | x509.Name,
    *,
    issuer: Entity | None = None,
    key=None,
    ca: bool = False,
    path_length: int | None = None,
    extensions: Extensions = (),
    without: Sequence[type[x509.ExtensionType]] = (),
    not_before: datetime = NOW - 100 * DAY,
    not_after: datetime = NOW + 100 * DAY,
    issuer_name: x509.Name | None = None,
    algorithm=None,
    serial: int | None = None,
    signing_key=None,
) -> Entity:
    """A certificate; `extensions` replace the usual ones of their kind, `without` leaves kinds out."""
    key = key or new_key()
    signing_key = signing_key or (issuer.key if issuer else key)
    subject = name(subject) if isinstance(subject, str) else subject
    usual: list[tuple[x509.ExtensionType, bool]] = [
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key((issuer.key if issuer else key).public_key()), False),
    ]
    if ca:
        usual += [(x509.BasicConstraints(True, path_length), True), CA_USAGE]
    replaced = {type(extension) for extension, _ in extensions}
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_name if issuer_name is not None else (issuer.subject if issuer else subject))
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )
    for extension, critical in [*(u for u in usual if type(u[0]) not in replaced), *extensions]:
        if type(extension) not in without:
            builder = builder.add_extension(extension, critical)
    return Entity(builder.sign(signing_key, algorithm or hashes.SHA256()), key)


def root(subject: str | x509.Name = "root", **settings) -> Entity:
    return issue(subject, ca=True, **settings)
