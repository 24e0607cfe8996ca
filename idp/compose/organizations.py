"""Companies and staff: who gives out their IDs, and the pages of a login on which they sign in."""

from dataclasses import dataclass
from functools import partial

from flask import Flask

from idp.compose import work
from idp.compose.ground import Ground
from idp.login import organization
from idp.login.company_certificate import CompanyCertificateStep
from idp.login.organization import OrganizationStep
from idp.login.other_way import OtherWay
from idp.login.web_company import CompanyPages
from idp.login.web_other_way import WaitingLogins
from idp.login.web_password import PasswordPages, of_organization
from idp.organizations.accounts import Accounts
from idp.organizations.binding import Binding
from idp.organizations.claim import Kind
from idp.organizations.companies import Companies
from idp.organizations.web_passkey import StaffPasskeyPages
from idp.passkeys.passkeys import Passkeys
from idp.passwords.tries import Tries
from idp.signatures.judging import Judging
from idp.web.web import PageWriter

_PARTS = {Kind.COMPANY: "company", Kind.MUNICIPALITY: "staff"}


@dataclass(frozen=True, slots=True)
class OrganizationPages:
    """All pages."""

    by_password: tuple[PasswordPages, ...]
    by_certificate: CompanyPages
    binding: StaffPasskeyPages

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        for pages in self.by_password:
            pages.mount(app)
        self.by_certificate.mount(app)
        self.binding.mount(app)


def organizations_of(ground: Ground) -> Accounts:
    """Who registers companies, and gives out IDs to them and to the staff."""
    companies = Companies(
        store=ground.store, auditor=ground.auditor, now=ground.now, token_bytes=ground.token_bytes
    )
    return Accounts(
        store=ground.store,
        companies=companies,
        auditor=ground.auditor,
        end_login=work.sign_out_of(ground).end,
        end_passkeys=passkeys_of(ground).end_of,
        now=ground.now,
        token_bytes=ground.token_bytes,
    )


def organization_pages_of(
    ground: Ground, waiting: WaitingLogins, other_way: OtherWay, pages: PageWriter, judging: Judging
) -> OrganizationPages:
    """The pages over one store."""
    accounts, source_header = organizations_of(ground), ground.settings.source_header
    return OrganizationPages(
        tuple(
            PasswordPages(
                part=part,
                template="organization.html",
                offered=partial(organization.offered, kind=kind),
                more=partial(of_organization, kind),
                waiting=waiting,
                step=_password_step_of(ground, accounts, other_way, kind),
                pages=pages,
                source_header=source_header,
            )
            for kind, part in _PARTS.items()
        ),
        CompanyPages(
            waiting=waiting, step=_certificate_step_of(ground, accounts, other_way, judging), pages=pages
        ),
        StaffPasskeyPages(binding=_binding_of(ground, accounts), pages=pages, source_header=source_header),
    )


def _password_step_of(ground: Ground, accounts: Accounts, other_way: OtherWay, kind: Kind) -> OrganizationStep:
    return OrganizationStep(
        kind=kind,
        store=ground.store,
        accounts=accounts,
        tries=Tries(state=ground.state),
        other_way=other_way,
        auditor=ground.auditor,
        now=ground.now,
    )


def _certificate_step_of(
    ground: Ground, accounts: Accounts, other_way: OtherWay, judging: Judging
) -> CompanyCertificateStep:
    return CompanyCertificateStep(
        store=ground.store,
        state=ground.state,
        judging=judging,
        companies=accounts.companies,
        other_way=other_way,
        auditor=ground.auditor,
        now=ground.now,
    )


def _binding_of(ground: Ground, accounts: Accounts) -> Binding:
    return Binding(
        accounts=accounts,
        passkeys=passkeys_of(ground),
        tries=Tries(state=ground.state),
        state=ground.state,
        now=ground.now,
        token_bytes=ground.token_bytes,
    )


def passkeys_of(ground: Ground) -> Passkeys:
    """How passkeys are bound and taken away."""
    return Passkeys(
        store=ground.store,
        state=ground.state,
        auditor=ground.auditor,
        now=ground.now,
        token_bytes=ground.token_bytes,
    )
