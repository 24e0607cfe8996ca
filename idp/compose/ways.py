"""Ways of signing in beside a certificate's own: what residents do with them in a login."""

from dataclasses import dataclass

from flask import Flask

from idp.compose.ground import Ground
from idp.compose.organizations import OrganizationPages, organization_pages_of, passkeys_of
from idp.login.attempts import Attempts
from idp.login.bound import BoundByCertificate
from idp.login.other_way import OtherWay
from idp.login.passkey import PasskeyStep
from idp.login.password import PasswordStep
from idp.login.records import Records
from idp.login.transactions import Transactions
from idp.login.web_other_way import WaitingLogins
from idp.login.web_passkey import PasskeyPages
from idp.login.web_password import PasswordPages, of_residents
from idp.passwords.accounts import Accounts
from idp.passwords.requests import Requests
from idp.passwords.tries import Tries
from idp.passwords.web_account import AccountPages
from idp.revocation.check import RevocationCheck
from idp.signatures.judging import Judging
from idp.web.web import PageWriter


@dataclass(frozen=True, slots=True)
class Ways:
    """All pages."""

    password: PasswordPages
    passkey: PasskeyPages
    organizations: OrganizationPages
    account: AccountPages

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        self.password.mount(app)
        self.passkey.mount(app)
        self.organizations.mount(app)
        self.account.mount(app)


def accounts_of(ground: Ground) -> Accounts:
    """How IDs are given out and ended."""
    return Accounts(store=ground.store, auditor=ground.auditor, now=ground.now, token_bytes=ground.token_bytes)


def requests_of(ground: Ground) -> Requests:
    """How IDs are asked for on line."""
    return Requests(
        store=ground.store,
        accounts=accounts_of(ground),
        auditor=ground.auditor,
        now=ground.now,
        token_bytes=ground.token_bytes,
    )


def ways_of(
    ground: Ground, records: Records, pages: PageWriter, *, revocation: RevocationCheck, judging: Judging
) -> Ways:
    """The pages over one store."""
    transactions = Transactions(records)
    waiting = WaitingLogins(attempts=Attempts(ground.directory), transactions=transactions, pages=pages)
    other_way = OtherWay(
        store=ground.store,
        transactions=transactions,
        auditor=ground.auditor,
        meters=ground.meters,
        now=ground.now,
    )
    bound = BoundByCertificate(store=ground.store, revocation=revocation, now=ground.now)
    step = PasswordStep(
        store=ground.store,
        accounts=accounts_of(ground),
        tries=Tries(state=ground.state),
        bound=bound,
        other_way=other_way,
        auditor=ground.auditor,
        now=ground.now,
    )
    return Ways(
        PasswordPages(
            part="password",
            template="password.html",
            offered=lambda attempt: attempt.demand.offers_password,
            more=of_residents,
            waiting=waiting,
            step=step,
            pages=pages,
            source_header=ground.settings.source_header,
        ),
        PasskeyPages(
            waiting=waiting,
            step=PasskeyStep(
                store=ground.store,
                transactions=transactions,
                passkeys=passkeys_of(ground),
                bound=bound,
                other_way=other_way,
                auditor=ground.auditor,
            ),
            pages=pages,
        ),
        organization_pages_of(ground, waiting, other_way, pages, judging),
        AccountPages(
            requests=requests_of(ground),
            state=ground.state,
            pages=pages,
            source_header=ground.settings.source_header,
        ),
    )
