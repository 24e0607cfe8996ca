"""The resident's own pages put together: every part over one store."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flask import Flask

from idp.agents.ending import Ending as EndAgent
from idp.agents.mandates import Mandates
from idp.agents.registry import Registry
from idp.consents.withdrawal import Withdrawal
from idp.login.sessions import Sessions
from idp.login.sign_ins import SignIns
from idp.login.sign_out import SignOut
from idp.login.transactions import Transactions
from idp.my.agents import MyAgents
from idp.my.beside import Beside
from idp.my.certificates import Certificates
from idp.my.disputing import Disputing
from idp.my.entering import Entering
from idp.my.everything import Everything
from idp.my.reading import Reading
from idp.my.resident import Residents
from idp.my.sessions import OpenLogins
from idp.my.signing_certificate import SigningCertificate
from idp.my.web import Frame
from idp.my.web_agents import AgentsPages
from idp.my.web_certificate import CertificatePages
from idp.my.web_codes import CodesPages
from idp.my.web_consents import ConsentsPages
from idp.my.web_data import DataPages
from idp.my.web_entering import EnteringPages
from idp.my.web_history import HistoryPages
from idp.my.web_leaving import LeavingPages
from idp.my.web_services import ServicesPages
from idp.my.web_sessions import SessionsPages
from idp.my.web_ways import WaysPages
from idp.oversight.audit import Auditor
from idp.passkeys.passkeys import Passkeys
from idp.passwords.accounts import Accounts
from idp.people.ending import Ending
from idp.people.leaving import Leaving
from idp.people.resident_codes import ResidentCodes
from idp.people.transfer import TransferCodes
from idp.store.engine import Store
from idp.web.web import PageWriter


class Mounted(Protocol):
    """Some of the pages."""

    def mount(self, app: Flask) -> None:
        """Add their routes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """What people do to what is held of them, wherever they do it."""

    ending: Ending
    leaving: Leaving
    withdrawal: Withdrawal
    transfer_codes: TransferCodes
    resident_codes: ResidentCodes
    sign_out: SignOut
    passwords: Accounts
    passkeys: Passkeys
    registry: Registry
    representations: EndAgent
    mandates: Mandates


@dataclass(frozen=True, slots=True)
class MyPages:
    """All pages. `entering`: where a login that leads to them ends."""

    entering: EnteringPages
    parts: tuple[Mounted, ...]

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        self.entering.mount(app)
        for part in self.parts:
            part.mount(app)


def my_pages(
    acts: Acts,
    *,
    store: Store,
    transactions: Transactions,
    pages: PageWriter,
    auditor: Auditor,
    signing: SigningCertificate,
    beside: Beside,
    now: Callable[[], datetime],
    token_bytes: Callable[[int], bytes],
) -> MyPages:
    """The pages over these acts."""
    sign_ins = SignIns(now=now, token_bytes=token_bytes)
    frame = Frame(residents=Residents(sessions=Sessions(store=store, now=now), now=now), pages=pages)
    reading = Reading(store=store, sign_ins=sign_ins, now=now)
    logins = OpenLogins(store=store, sign_ins=sign_ins, sign_out=acts.sign_out, now=now)
    certificates = Certificates(store=store, now=now)
    codes, chosen = acts.transfer_codes, acts.resident_codes
    entering = Entering(
        store=store,
        transactions=transactions,
        sign_ins=sign_ins,
        sign_out=acts.sign_out,
        auditor=auditor,
        now=now,
    )
    agents = MyAgents(store=store, registry=acts.registry, ending=acts.representations, now=now)
    disputing = Disputing(
        store=store,
        logins=logins,
        transfer_codes=codes,
        end_ways=acts.ending.end_ways,
        end_given=acts.mandates.end_given,
        auditor=auditor,
        now=now,
    )
    everything = Everything(
        store=store,
        sign_ins=sign_ins,
        logins=logins,
        transfer_codes=codes,
        resident_codes=chosen,
        passwords=acts.passwords,
        passkeys=acts.passkeys,
        beside=beside,
        agents=agents,
        auditor=auditor,
        now=now,
    )
    return MyPages(
        EnteringPages(frame=frame, entering=entering),
        (
            ServicesPages(frame=frame, reading=reading, store=store, ending=acts.ending, now=now),
            ConsentsPages(frame=frame, store=store, withdrawal=acts.withdrawal),
            HistoryPages(frame=frame, reading=reading, disputing=disputing),
            SessionsPages(frame=frame, logins=logins, store=store),
            CertificatePages(frame=frame, certificates=certificates, signing=signing),
            CodesPages(frame=frame, store=store, transfer_codes=codes, resident_codes=chosen),
            WaysPages(frame=frame, accounts=acts.passwords, passkeys=acts.passkeys),
            AgentsPages(frame=frame, store=store, mine=agents, mandates=acts.mandates, now=now),
            DataPages(frame=frame, everything=everything),
            LeavingPages(frame=frame, reading=reading, leaving=acts.leaving, store=store),
        ),
    )
