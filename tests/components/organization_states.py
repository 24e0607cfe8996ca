"""Every state of the pages on which companies and staff sign in, with the context of each."""

from collections.abc import Iterator, Mapping

from idp.login.company_certificate import Trouble
from idp.organizations.claim import Kind, KnownBy, Organization

State = tuple[str, str, Mapping[str, object]]

LOGIN = "http://localhost:8000/t/aoba/login/x"
COMPANY = Organization(Kind.COMPANY, "見本建設株式会社", KnownBy.STAFF, "7000012050002")
STAFF = Organization(Kind.MUNICIPALITY, "青葉市（見本）", KnownBy.STAFF)


def organization_states(
    card: Mapping[str, object],
    consent: Mapping[str, object],
    password: Mapping[str, object],
    passkey: Mapping[str, object],
) -> Iterator[State]:
    """The ways, the forms, what can be wrong, and what is handed over."""
    yield "card, for organizations", "card.html", {**card, "company_url": LOGIN, "staff_url": LOGIN}
    for who in (COMPANY, STAFF):
        yield f"consent, for a {who.kind}", "consent.html", {**consent, "organization": who, "with_card": False}
    form = {**password, "kind": "company", "certificate_url": LOGIN, "passkey_url": None}
    yield "company", "organization.html", form
    yield (
        "staff",
        "organization.html",
        {**form, "kind": "municipality", "certificate_url": None, "passkey_url": LOGIN},
    )
    typed = {**form, "sign_in_id": "7K3Q-9F0M"}
    yield "company, wrong", "organization.html", {**typed, "told": "wrong"}
    yield "company, wait", "organization.html", {**typed, "told": "wait", "minutes": 14}
    yield "company, first one", "organization.html", {**typed, "form_kind": "change", "told": "choose"}
    certificate = {
        **{name: password[name] for name in ("service_name", "card_url", "leave_url")},
        "action_url": f"{LOGIN}/company-certificate",
        "statement_url": f"{LOGIN}/company-certificate/statement",
        "trouble": None,
        "password_url": f"{LOGIN}/company",
    }
    staff = {
        "step": "ask",
        "told": "",
        "minutes": 0,
        "sign_in_id": "",
        "action_url": LOGIN,
        "form": "",
        "options": "",
    }
    yield "passkey, staff", "passkey.html", {**passkey, "for_residents": False}
    yield "staff, passkey", "staff_passkey.html", staff
    for told in ("wrong", "wait", "full", "failed"):
        yield f"staff, passkey, {told}", "staff_passkey.html", {**staff, "told": told, "minutes": 14}
    asked = {"step": "make", "form": "AAECAwQF", "options": '{"challenge": "AAECAwQF"}'}
    yield "staff, passkey, make", "staff_passkey.html", {**staff, **asked}
    yield "staff, passkey, done", "staff_passkey.html", {**staff, "step": "done"}
    yield "company certificate", "company_certificate.html", certificate
    for trouble in Trouble:
        yield f"company certificate, {trouble}", "company_certificate.html", {**certificate, "trouble": trouble}
