"""Companies and staff in towns: registered, given IDs, certified, signed in."""

from io import BytesIO

from asn1crypto.core import PrintableString, Sequence, UTF8String
from components import passwords, signed
from components.passwords import PASSWORD, begin
from components.signers import of_root
from components.tiers import Authority
from components.town import Town
from cryptography import x509
from cryptography.x509.oid import NameOID

from idp.organizations.certified import REGISTERED_CORPORATION_INFO
from idp.passwords.account import Issued

NUMBER, OTHER_NUMBER = "7000012050002", "8000012010038"
NAME = "見本建設株式会社"
COMPANY, STAFF, CERTIFICATE = "company-password", "staff-password", "company-certificate"


def organizations(town: Town):
    """The acts."""
    return town.product.people.organizations


def tendering(town: Town, service_id="tenders", *methods: str, **wishes):
    """A service for those who are no residents; by default in every way that they have."""
    named = methods or (COMPANY, STAFF, CERTIFICATE)
    least = {"minimum_acr": "aal1"} if set(named) - {CERTIFICATE} else {}
    return town.register("aoba", service_id, methods=named, **{**least, **wishes})


def given_to_company(town: Town, number=NUMBER, person="総務部　見本太郎") -> tuple[str, str]:
    """The ID and first password of somebody at a registered company."""
    tenant = passwords.tenant_of(town)
    organizations(town).companies.register(tenant, number, NAME)
    given = organizations(town).give_to_company(tenant, number, person, Issued.POST)
    return given.sign_in_id, given.first_password


def given_to_staff(town: Town, person="市民課主事") -> tuple[str, str]:
    """The same of a member of the staff."""
    given = organizations(town).give_to_staff(passwords.tenant_of(town), person)
    return given.sign_in_id, given.first_password


def enter(town: Town, login, part: str, sign_in_id: str, password: str, *, source="", **new: str):
    """Type ID and password on the page of companies or of the staff."""
    url = f"{login.page_url}/{part}" + ("/change" if new else "")
    environ = {"environ_base": {"REMOTE_ADDR": source}} if source else {}
    return town.post(login.browser, url, data={"id": sign_in_id, "password": password, **new}, **environ)


def choose(town: Town, service, part: str, given: tuple[str, str], password=PASSWORD) -> str:
    """Choose an own password in a first login; the ID."""
    login = begin(town, service)
    passwords.claims(town, login, enter(town, login, part, *given, new=password, again=password))
    return given[0]


def sign_in(town: Town, service, part: str, sign_in_id: str, **parameters) -> dict:
    """A whole login: the ID token's claims."""
    login = begin(town, service, **parameters)
    return passwords.claims(town, login, enter(town, login, part, sign_in_id, PASSWORD))


def registered_info(name: str = NAME, number: str = NUMBER[1:], *more) -> x509.UnrecognizedExtension:
    """What the registrar certifies, in DER that is built here by tags."""
    members = [(0, UTF8String(name)), (1, PrintableString(number)), (2, UTF8String("見本県青葉市")), *more]
    body = b"".join(_tagged(tag, value.dump()) for tag, value in members)
    return x509.UnrecognizedExtension(REGISTERED_CORPORATION_INFO, Sequence(contents=body).dump())


def _tagged(tag: int, der: bytes) -> bytes:
    assert len(der) < 128
    return bytes([0xA0 | tag, len(der)]) + der


def identified(identifier: str = f"NTRJP-{NUMBER}") -> x509.Name:
    """The subject of an accredited service's certificate."""
    named = ((NameOID.ORGANIZATION_NAME, NAME), (NameOID.ORGANIZATION_IDENTIFIER, identifier))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in named])


def certified(root: Authority, folder, **wishes) -> signed.Signer:
    """A company's certificate by commercial registration, with its key."""
    return of_root(root, folder, **{"extensions": (registered_info(),), **wishes})


def statement_of(town: Town, login) -> bytes:
    """The text that the company takes from the page."""
    answer = town.get(login.browser, f"{login.page_url}/company-certificate/statement")
    assert answer.status_code == 200, answer.text
    return answer.data


def hand_in(town: Town, login, document: bytes):
    """Upload a signature."""
    data = {"signature": (BytesIO(document), "login.txt.p7s")}
    url = f"{login.page_url}/company-certificate"
    return town.post(login.browser, url, data=data, content_type="multipart/form-data")
