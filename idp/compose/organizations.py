"""Companies and staff: who gives out their IDs, and the pages of a login on which they sign in."""

from dataclasses import dataclass
from typing import Any

from flask import Flask

from idp.compose import work
from idp.compose.ground import Ground
from idp.login import organization
from idp.login.attempts import Attempts
from idp.login.company_certificate import CompanyCertificateStep
from idp.login.organization import OrganizationStep
from idp.login.other_way import OtherWay
from idp.login.transaction import Attempt
from idp.login.transactions import Transactions
from idp.login.web_company import CompanyPages
from idp.login.web_password import PasswordPages
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
    ground: Ground, transactions: Transactions, other_way: OtherWay, pages: PageWriter, judging: Judging
) -> OrganizationPages:
    """The pages over one store."""
    attempts, accounts = Attempts(ground.directory), organizations_of(ground)

    def of(kind: Kind) -> PasswordPages:
        def more(attempt: Attempt, url: str) -> dict[str, Any]:
            certified = kind is Kind.COMPANY and attempt.demand.offers_company_certificate(attempt.tenant)
            by_certificate = f"{url}/company-certificate" if certified else None
            passkeys = kind is Kind.MUNICIPALITY and attempt.demand.offers_staff_passkey(attempt.tenant)
            return {
                "kind": str(kind),
                "certificate_url": by_certificate,
                "passkey_url": f"{url}/passkey" if passkeys else None,
                "card_url": url,
            }

        return PasswordPages(
            part=_PARTS[kind],
            template="organization.html",
            offered=lambda attempt: organization.offered(attempt, kind),
            more=more,
            attempts=attempts,
            transactions=transactions,
            step=OrganizationStep(
                kind=kind,
                store=ground.store,
                accounts=accounts,
                tries=Tries(state=ground.state),
                other_way=other_way,
                auditor=ground.auditor,
                now=ground.now,
            ),
            pages=pages,
            source_header=ground.settings.source_header,
        )

    return OrganizationPages(
        tuple(of(kind) for kind in _PARTS),
        CompanyPages(
            attempts=attempts,
            transactions=transactions,
            step=CompanyCertificateStep(
                store=ground.store,
                state=ground.state,
                judging=judging,
                companies=accounts.companies,
                other_way=other_way,
                auditor=ground.auditor,
                now=ground.now,
            ),
            pages=pages,
        ),
        StaffPasskeyPages(
            binding=Binding(
                accounts=accounts,
                passkeys=passkeys_of(ground),
                tries=Tries(state=ground.state),
                state=ground.state,
                now=ground.now,
                token_bytes=ground.token_bytes,
            ),
            pages=pages,
            source_header=ground.settings.source_header,
        ),
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
