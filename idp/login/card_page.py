"""The page of a login where the resident reads a card, and what it turns into while the login waits.

Shown at its own address, and in answer to an authorization request: a redirect less before the card can be read.
Its links, and what reloads it, then lead to its own address. All of it works without JavaScript.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import structlog
from flask import Response

from idp.answers import WAITS
from idp.japan import JAPAN
from idp.login import combined, own_pages, tls_card
from idp.login.demand import Demand
from idp.login.signing import Signing
from idp.login.states import Shown, State
from idp.login.transaction import Attempt, Transaction
from idp.login.transactions import Transactions
from idp.tenants.tenancy import Tenant
from idp.web.web import PageWriter, current_language, see_other

LINKS = (
    "link", "link_qr", "link_agent", "tray_url", "phone_url", "app_url", "browser_url", "extend_url", "leave_url",
    "computer_url", "own_url", "developer_command", "password_url", "passkey_url",
)  # fmt: skip
"""What differs from one login's card page to the next, while nothing has happened on it."""
_MINUTE = 60
_log = structlog.get_logger("idp.login")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPage:
    """Writes the page for an attempt. Changes nothing."""

    transactions: Transactions
    pages: PageWriter
    tray_url: str | None
    sample_command: str
    """The sandbox's `idp-card` command line with the word LINK in it."""

    def first(self, attempt: Attempt) -> Response:
        """The page of a login that begins with this request, at whatever address that came to."""
        return self._show(attempt, own_url=attempt.transaction.url(attempt.tenant), told=())

    def show(self, attempt: Attempt, told: Container[str]) -> Response:
        """The page at its own address. `told`: names in its query, of what became of the way just tried."""
        return self._show(attempt, own_url="", told=told)

    def _show(self, attempt: Attempt, *, own_url: str, told: Container[str]) -> Response:
        if combined.is_due(attempt):
            first = "password" if attempt.demand.offers_password else "passkey"
            return see_other(f"{attempt.transaction.url(attempt.tenant)}/{first}")
        shown = self.transactions.shown(attempt.transaction)
        if shown in (Shown.CODE, Shown.ACCEPTED):
            return self._code_page(attempt, shown, not_a_code="digits" in told)
        if signing := attempt.transaction.signing:
            return self._signing_page(attempt, signing, shown)
        context = self.context(attempt)
        return self.pages.page(
            "card.html",
            state=str(shown),
            fresh=LINKS if shown is Shown.WAITING else (),
            own_url=own_url,
            no_certificate="certificate" in told,
            **context,
            **self._ways(attempt, context["link"]),
        )

    def _signing_page(self, attempt: Attempt, signing: Signing, shown: Shown) -> Response:
        """Where a statement is read and signed; the same ways to a card as at a login.

        It is one person's page, for a statement may name their application: nothing of it is kept.
        """
        context = self.context(attempt)
        ways = {**self._ways(attempt, context["link"]), "browser_url": None}  # a handshake signs no statement
        return self.pages.page(
            "sign.html",
            state=str(shown),
            no_certificate=False,
            statement=signing.statement,
            signed_for=signing.purpose,
            signing=True,
            **context,
            **ways,
        )

    def _code_page(self, attempt: Attempt, shown: Shown, *, not_a_code: bool) -> Response:
        transaction, url = attempt.transaction, attempt.transaction.url(attempt.tenant)
        code = transaction.code if transaction.awaits_code(self.transactions.records.moment()) else None
        return self.pages.page(
            "code.html",
            form_ends_at=attempt.client.redirect_uris,
            state=str(shown),
            service_name=attempt.client.name(current_language()),
            code_url=f"{url}/code" if code else None,
            more_url=f"{url}/more-time" if code and not code.prolonged else None,
            seconds_left=self.transactions.seconds_left(code.ends) if code else 0,
            tries=code.tries if code else 0,
            not_a_code=not_a_code,
            leave_url=f"{url}/leave",
        )

    def context(self, attempt: Attempt) -> dict[str, Any]:
        """What the card page and the QR page have in common."""
        tenant, client, transaction = attempt.tenant, attempt.client, attempt.transaction
        language, url = current_language(), transaction.url(tenant)
        asked, channel = transaction.request.attributes, transaction.button.nonce_channel
        if transaction.refusal:  # under the number that the page shows
            _log.info("refusal.shown", reason=transaction.refusal)
        return {
            "service_name": client.name(language),
            "purpose": client.purpose(language),
            "items": asked.told_in(channel),
            "attributes": asked.read_in(channel),
            "link": transaction.button.link(tenant),
            "link_qr": transaction.qr.link(tenant) if transaction.qr else None,
            "refusal": transaction.refusal,
            "days_past": transaction.days_past,
            "next_try": self._next_try(transaction),
            "guessed": transaction.state is State.EXPIRED,
            "seconds_left": self.transactions.seconds_left(transaction.ends),
            "extend_url": None if transaction.extended else f"{url}/extend",
            "leave_url": f"{url}/leave",
            "step_up": transaction.step_up or None,
            "by_agent": transaction.request.by_agent,
            "shared": transaction.shared,
            "own": own_pages.is_own(client),
            "everywhere": tenant.settings.single_sign_on_everywhere,
            "computer_url": f"{url}/computer",
        }

    def _next_try(self, transaction: Transaction) -> str | None:
        """HH:MM in Japan from which a card may be read again; None where waiting does not help, or no more."""
        if transaction.refusal is None or not (seconds := WAITS.get(transaction.refusal)):
            return None
        due = transaction.refused_at + seconds
        if due <= self.transactions.records.moment():
            return None
        return f"{datetime.fromtimestamp(due + _MINUTE - 1, JAPAN):%H:%M}"

    def _ways(self, attempt: Attempt, link: str) -> dict[str, Any]:
        """Where the card page's buttons lead. `link`: LINK of the button."""
        tenant, transaction = attempt.tenant, attempt.transaction
        url = transaction.url(tenant)
        _, _, behind_scheme = link.partition(":")
        tray = self.tray_url if tenant.sandbox else None
        return {
            "link_agent": f"jpki-login:{behind_scheme}",
            "tray_url": f"{tray}/?link={link}" if tray else None,
            "phone_url": f"{url}/phone" if transaction.qr else None,
            "app_url": self.stand_in(tenant, link) or link,
            "browser_url": tls_card.link(tenant, transaction)
            if tls_card.offered(tenant, attempt.client)
            else None,
            "at_terminal": transaction.at_counter,
            "beside": bool(transaction.beside),
            "first_done": transaction.first is not None,
            **_other_ways(attempt, url),
            "developer_command": self.sample_command.replace("LINK", link) if tenant.sandbox else None,
        }

    def stand_in(self, tenant: Tenant, link: str) -> str | None:
        """The sandbox's phone, opened at a LINK."""
        if not tenant.sandbox or self.tray_url is None:
            return None
        return f"{self.tray_url}/phone?{urlencode({'link': link})}"


def _other_ways(attempt: Attempt, url: str) -> dict[str, str | None]:
    """Where an ID with its password, or a passkey, is shown: alone, as the first of two proofs comes before this.

    `url`: the page's own.
    """
    tenant, transaction, required = attempt.tenant, attempt.transaction, attempt.demand
    alone = transaction.is_login and not (required.combined or transaction.at_counter)
    return {
        "password_url": f"{url}/password" if alone and required.offers_password else None,
        "passkey_url": f"{url}/passkey" if alone and required.offers_passkey else None,
        "company_url": f"{url}/{company}" if alone and (company := _company(tenant, required)) else None,
        "staff_url": f"{url}/{staff}" if alone and (staff := _staff(tenant, required)) else None,
    }


def _company(tenant: Tenant, required: Demand) -> str:
    """The last part of the first page for companies, empty where they do not sign in."""
    if required.offers_company_password:
        return "company"
    return "company-certificate" if required.offers_company_certificate else ""


def _staff(tenant: Tenant, required: Demand) -> str:
    """The same for the municipality's own staff."""
    if required.offers_staff_password:
        return "staff"
    return "passkey" if required.offers_staff_passkey else ""
