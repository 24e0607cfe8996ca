"""The desk: one errand at a time between staff and resident, over one card reader.

The staff begin, the resident agrees and types: nothing is read from a card before that. What an errand has learnt
(a filled form, the way back) is forgotten when the next one begins, and by itself after `FORGET_SECONDS`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Lock

from connectors.card import basic4
from connectors.card.agent import RefusedByServer
from connectors.card.card import Card
from connectors.card.conversation import Place
from connectors.card.counter import form as forms
from connectors.card.counter import slip as slips
from connectors.card.counter.agent import CounterAgent
from connectors.card.counter.errand import Errand, Form, Login, Stage
from connectors.card.counter.genuineness import Genuineness
from connectors.card.counter.message import Mode
from connectors.card.counter.number_desk import NumberDesk
from connectors.card.counter.screens.spoken import LANGUAGES, Speech
from connectors.card.counter.sheet import PrintingAbsent
from connectors.card.counter.typeface import TypefaceAbsent
from connectors.card.errors import CardAbsent, CardError, CardRemoved, PinBlocked, PinIncorrect, PinMalformed
from connectors.card.pin import PinKind
from connectors.card.texts import Words, explain
from connectors.errors import ConnectorError
from connectors.ports import CertificateKind

FORGET_SECONDS = 300.0
"""As long as a LINK lives; counted anew when its proof was accepted."""
LOOK_SECONDS = 2.0
"""How often the provider is asked how far the resident's browser has come."""
_OVER = frozenset({"finished", "declined", "expired"})
_AGAIN = (PinIncorrect, PinMalformed, CardAbsent, CardRemoved)
_NO_PRINTING = Words(
    "申請書を作れません。端末の設定を確かめてください。",
    "The form cannot be made here.",
    "申請書《しんせいしょ》を作《つく》れません。",
)


class DeskBusy(Exception):
    """The card is being used: the errand cannot be ended or begun now."""


@dataclass(slots=True, kw_only=True)
class Desk:
    """`agent_for` opens a LINK as typed (LinkMalformed); `now` in local time, `monotonic` in seconds."""

    terminal_id: str
    where: str
    place: Place
    agent_for: Callable[[str], CounterAgent]
    genuineness: Genuineness
    template: forms.Template
    typeface: Path
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    token: Callable[[], str]
    numbers: NumberDesk | None = None
    """What follows a login's user number, where that is wanted."""
    speech: Speech = field(default_factory=Speech, init=False)
    _errand: Errand | None = field(default=None, init=False)
    _agent: CounterAgent | None = field(default=None, init=False)
    _looked: float = field(default=0.0, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def errand(self) -> Errand | None:
        """What is being done, or None."""
        with self._lock:
            return self._fresh()

    def begin_login(self, unverified_link: str, mode: Mode) -> None:
        """Ask the resident about a login.

        Raises LinkMalformed, DeskBusy, ModeNotOffered, RefusedByServer and the other ConnectorErrors.
        """
        agent = self.agent_for(unverified_link)
        challenge = agent.challenge(mode)
        self._begin(Login(mode, challenge, agent.agent.link.host), agent)

    def begin_form(self, secret: PinKind) -> None:
        """Ask the resident about reading name, address, birth date and gender for the form. Raises DeskBusy."""
        self._begin(Form(self.template, secret), None)

    def agree(self, turn: str) -> None:
        """The resident agrees to the errand of that turn; another one is left alone."""
        with self._lock:
            errand = self._fresh()
            if errand and errand.turn == turn and errand.stage is Stage.ASKED:
                self._errand = replace(errand, stage=Stage.AGREED)

    def stop(self, turn: str) -> None:
        """The resident or the staff stop; the provider is told. Whether it hears it changes nothing here."""
        with self._lock:
            errand, agent = self._fresh(), self._agent
            if not errand or errand.turn != turn or errand.stage not in (Stage.ASKED, Stage.AGREED):
                return
            self._errand = replace(errand, stage=Stage.STOPPED, problem=None, reference=self._reference())
        if agent is not None and isinstance(errand.about, Login):
            try:
                agent.decline(errand.about.challenge)
            except ConnectorError:
                return  # its login ends by itself

    def clear(self) -> None:
        """Forget what is over, for the next person. Raises DeskBusy.

        A login that was proved and of which the service has not heard yet is ended at the provider: whoever sits
        down next could go on with it otherwise.
        """
        with self._lock:
            errand, agent = self._fresh(), self._agent
            if errand is not None and errand.stage is Stage.WORKING:
                raise DeskBusy
            self._forget()
            self.speech = Speech()
        if errand is None or agent is None or not _proved(errand) or not isinstance(errand.about, Login):
            return
        try:
            agent.decline(errand.about.challenge)
        except ConnectorError:
            return  # it was finished, or ends by itself

    def look(self) -> None:
        """After a proof: learn how far the resident's browser has come, for the staff's screen."""
        with self._lock:
            errand, agent = self._fresh(), self._agent
            if errand is None or agent is None or not _proved(errand):
                return
            if self.monotonic() - self._looked < LOOK_SECONDS:
                return
            self._looked = self.monotonic()
        try:
            progress = agent.progress()
        except ConnectorError:
            return
        with self._lock:
            if self._errand is errand:
                self._errand = replace(errand, progress=progress or errand.progress)

    def speak(self, language: str, *, furigana: bool) -> None:
        """The resident's choice, until the next person; what is no language changes nothing."""
        if language in LANGUAGES:
            self.speech = Speech(language, furigana)

    def present(self, turn: str, secret: str, for_attributes: str = "") -> None:
        """The card lies on the reader, and this was typed (nothing where nothing is asked).

        `for_attributes`: what opens the attributes that a login asks for besides.
        """
        with self._lock:
            errand, agent = self._fresh(), self._agent
            if not errand or errand.turn != turn or errand.stage is not Stage.AGREED:
                return
            working = self._errand = replace(errand, stage=Stage.WORKING, problem=None)
        after = self._failed(working)
        try:
            after = self._carry_out(working, agent, secret, for_attributes)
        finally:
            with self._lock:
                self._errand = after

    def slip(self) -> bytes | None:
        """The paper slip of a login that is done, PDF. Raises PrintingAbsent, TypefaceAbsent."""
        errand = self.errand()
        return slips.slip(errand.done, self.typeface) if errand and errand.done else None

    def _begin(self, about: Login | Form, agent: CounterAgent | None) -> None:
        self.clear()
        with self._lock:
            self._agent = agent
            self._errand = Errand(turn=self.token(), about=about, stage=Stage.ASKED, begun=self.monotonic())

    def _fresh(self) -> Errand | None:
        errand = self._errand
        if errand and errand.stage is not Stage.WORKING and self.monotonic() - errand.begun > FORGET_SECONDS:
            self._forget()
        return self._errand

    def _forget(self) -> None:
        self._errand = self._agent = None
        if self.numbers is not None:
            self.numbers.forget()

    def _carry_out(self, errand: Errand, agent: CounterAgent | None, secret: str, for_attributes: str) -> Errand:
        """The errand afterwards: done, failed, or agreed as before with what was wrong."""
        try:
            card = self.place.card()
            if isinstance(errand.about, Form):
                return self._filled(errand, errand.about, card, secret)
            if agent is None:
                raise LookupError("a login without an agent")
            kind = errand.about.attributes_secret
            ef0002 = b"" if kind is None else card.attributes(kind, for_attributes)
            return self._signed_in(errand, errand.about, agent, card, secret, ef0002)
        except _AGAIN as error:
            left = error.tries_left if isinstance(error, PinIncorrect) else errand.tries_left
            return replace(errand, stage=Stage.AGREED, problem=explain(error), tries_left=left)
        except RefusedByServer as refusal:
            return replace(self._failed(errand), problem=explain(refusal), code=refusal.code)
        except (CardError, ConnectorError) as error:
            blocked = 0 if isinstance(error, PinBlocked) else None
            return replace(self._failed(errand), problem=explain(error), tries_left=blocked)
        except (PrintingAbsent, TypefaceAbsent):
            return replace(self._failed(errand), problem=_NO_PRINTING)

    def _failed(self, errand: Errand) -> Errand:
        return replace(errand, stage=Stage.FAILED, reference=self._reference())

    def _reference(self) -> str:
        return slips.reference(self.terminal_id, self.now())

    def _signed_in(
        self, errand: Errand, login: Login, agent: CounterAgent, card: Card, pin: str, ef0002: bytes
    ) -> Errand:
        if login.mode is Mode.PIN:
            acceptance = agent.prove_by_pin(login.challenge, card, pin, ef0002)
        else:
            self.genuineness.check(card)
            certificate = card.certificate(CertificateKind.USER)
            acceptance = agent.prove_held_over(login.challenge, certificate, ef0002)
        if self.numbers is not None:
            self.numbers.begin(errand.turn, agent, login.challenge)
        done = slips.Done(
            tenant=login.challenge.tenant_name,
            service=login.challenge.service_name,
            mode=login.mode,
            at=self.now(),
            terminal=self.terminal_id,
            place=self.where,
        )
        proved = replace(errand, stage=Stage.DONE, begun=self.monotonic(), acceptance=acceptance)
        return replace(proved, done=done, reference=done.reference, progress="accepted")

    def _filled(self, errand: Errand, form: Form, card: Card, secret: str) -> Errand:
        record = basic4.parse(card.attributes(form.secret, secret))
        reading = forms.Reading(basic4=record, at=self.now(), place=self.where, opened_by=form.secret)
        paper = forms.fill(form.template, reading, self.typeface)
        reference = slips.reference(self.terminal_id, reading.at)
        return replace(errand, stage=Stage.DONE, begun=self.monotonic(), paper=paper, reference=reference)


def _proved(errand: Errand) -> bool:
    """A login that was accepted and is not over, as far as is known."""
    return errand.stage is Stage.DONE and isinstance(errand.about, Login) and errand.progress not in _OVER
