"""The terminal's talk with one provider: challenge, a proof in one of two modes, or decline."""

from dataclasses import dataclass

from connectors.card.agent import Agent, RefusedByServer
from connectors.card.card import Card
from connectors.card.counter.key import TerminalKey
from connectors.card.counter.message import Mode, body, message
from connectors.card.errors import AttributesUnreadable
from connectors.card.protocol import Acceptance, Challenge
from connectors.errors import Garbled, Refused
from connectors.ports import CertificateKind


class ModeNotOffered(Refused):
    """The service, or its municipality, does not take a card without its PIN."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterAgent:
    """One login at one LINK by an enrolled terminal. Methods may raise RefusedByServer, Unreachable, Garbled."""

    agent: Agent
    terminal: TerminalKey

    def challenge(self, mode: Mode) -> Challenge:
        """Fetch the challenge of this terminal. Raises ModeNotOffered."""
        challenge = self.agent.challenge(terminal=self.terminal.terminal_id)
        if challenge.channel != "counter":
            raise Garbled("the challenge is not a counter terminal's")
        if mode is Mode.KAZASHI and mode not in challenge.modes:
            raise ModeNotOffered("this service takes no card without its PIN")
        return challenge

    def prove_by_pin(self, challenge: Challenge, card: Card, pin: str, ef0002: bytes = b"") -> Acceptance:
        """Card and terminal sign. `ef0002` exactly where the challenge asks for attributes.

        Raises the errors of `connectors.card.errors` before anything is sent, PinRequired for a phone's chip,
        which is no card.
        """
        if bool(challenge.attributes) != bool(ef0002):
            raise AttributesUnreadable
        certificate = card.certificate(CertificateKind.USER)
        signature = card.sign(CertificateKind.USER, pin, challenge.message(ef0002))
        return self._send(challenge, certificate, Mode.PIN, signature, ef0002)

    def prove_held_over(self, challenge: Challenge, certificate: bytes, ef0002: bytes = b"") -> Acceptance:
        """The terminal alone signs, for the certificate (DER) of a card that was held over its reader.

        `ef0002` as in `prove_by_pin`.
        """
        if bool(challenge.attributes) != bool(ef0002):
            raise AttributesUnreadable
        return self._send(challenge, certificate, Mode.KAZASHI, None, ef0002)

    def progress(self) -> str:
        """How far the resident's browser has come with what was proved here; empty where nobody tells."""
        try:
            self.agent.challenge(terminal=self.terminal.terminal_id)
        except RefusedByServer as refusal:
            return refusal.progress or ""
        return ""

    def decline(self, challenge: Challenge) -> None:
        """This login is not wanted: before its proof, or afterwards while the service knows nothing of it."""
        self.agent.decline(challenge)

    def _send(
        self, challenge: Challenge, certificate: bytes, mode: Mode, signature: bytes | None, ef0002: bytes
    ) -> Acceptance:
        name = self.terminal.terminal_id
        signed = self.terminal.sign(message(challenge, name, certificate, mode, ef0002))
        proof = body(
            certificate=certificate,
            mode=mode,
            terminal=name,
            terminal_signature=signed,
            signature=signature,
            attributes=ef0002,
        )
        return self.agent.send_proof(challenge, proof)
