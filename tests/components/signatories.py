"""Signature certificates of the sandbox's authority that J-LIS knows nothing of, and what OpenSSL says of them."""

import datetime as dt
from pathlib import Path

from components.forgery import authority, new_key
from components.openssl import write_certificate, write_key
from components.signed import Signer, run

from connectors.ports import CertificateKind
from connectors.sandbox import issuing, names
from connectors.sandbox.basic4 import Basic4
from connectors.sandbox.profile import Device

SERIAL = 0x7E000100
_CONFIG = """[ca]
default_ca = d
[d]
database = index.txt
crlnumber = number
default_md = sha256
crl_extensions = e
[e]
authorityKeyIdentifier = keyid:always
"""


def issued(desk, folder, begins, ends) -> Signer:
    """A signature certificate of the sandbox's CA for that time, of which J-LIS knows nothing."""
    key, now = new_key(), desk.town.clock().replace(microsecond=0)
    city = names.Municipality("99001", "Mihon-ken", "Aoba-shi", "見本県青葉市")
    order = issuing.Order(key.public_key(), SERIAL, "X", city, Device.CARD, now + begins, now + ends)
    basic4 = Basic4("試験　太郎", "見本県青葉市緑町1-2", dt.date(1980, 2, 17), "1")
    issuer = authority(desk.town, CertificateKind.SIGNATURE)
    return Signer.made(folder, issuing.signature_certificate(issuer, order, basic4), key)


def revocation_list(folder: Path, issuer, this_update, next_update, *, revoked: str = "") -> bytes:
    """A list of that authority by `openssl ca`. `revoked`: since when and why our certificate is, in its words."""
    _index(folder, issuer, revoked)
    (folder / "ca.cnf").write_text(_CONFIG)
    (folder / "number").write_text("1000\n")
    times = ("-crl_lastupdate", _utc(this_update), "-crl_nextupdate", _utc(next_update))
    pair = ("-cert", "issuer.pem", "-keyfile", "issuer.key")
    run("openssl", "ca", "-gencrl", "-config", "ca.cnf", *pair, *times, "-out", "list.pem", folder=folder)
    return run("openssl", "crl", "-in", "list.pem", "-outform", "DER", folder=folder)


def answer(folder: Path, issuer, signer: Signer, *, revoked: str = "") -> bytes:
    """An OCSP answer of this moment, good for a day, by `openssl ocsp`."""
    _index(folder, issuer, revoked)
    asked = ("-issuer", "issuer.pem", "-cert", signer.certificate, "-no_nonce", "-reqout", "request")
    run("openssl", "ocsp", *asked, folder=folder)
    pair = ("-rsigner", "issuer.pem", "-rkey", "issuer.key", "-CA", "issuer.pem")
    made = ("-index", "index.txt", "-ndays", "1", "-reqin", "request", "-respout", "response")
    run("openssl", "ocsp", *pair, *made, folder=folder)
    return (folder / "response").read_bytes()


def _index(folder: Path, issuer, revoked: str) -> None:
    write_certificate(folder / "issuer.pem", issuer.certificate)
    write_key(folder / "issuer.key", issuer.key)
    state = "R" if revoked else "V"
    (folder / "index.txt").write_text(f"{state}\t400101000000Z\t{revoked}\t{SERIAL:X}\tunknown\t/CN=holder\n")


def _utc(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%y%m%d%H%M%SZ}"
