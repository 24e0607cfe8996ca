"""The card agent's talk with one provider: fetch the challenge, prove, or decline. Nothing is followed."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace

from connectors.card.card import Card
from connectors.card.cardfile import Device
from connectors.card.errors import AttributesUnreadable, PinRequired
from connectors.card.link import Link
from connectors.card.protocol import Acceptance, Challenge, DeviceHint, proof_body, strict_object
from connectors.errors import Garbled, Refused
from connectors.http import Answer, Outbound
from connectors.ports import CertificateKind

READ_SECONDS = 20.0
"""A provider may itself wait for revocation sources before it answers a proof."""
_HINTS: Mapping[Device, DeviceHint] = {"card": "reader", "phone": "phone"}
_CODE = re.compile(r"[a-z0-9_]{1,64}")
_REASON = re.compile(r"[A-Za-z]{1,40}")  # a CRLReason; it is shown on a terminal


class RefusedByServer(Refused):
    """The provider refused, with a `code` of section 7.

    `reason` says why a certificate was revoked (RFC 5280 CRLReason name), `progress` how far the browser has come
    with what a counter terminal proved, each where the provider tells.
    """

    def __init__(self, status: int, code: str, reason: str | None = None, progress: str | None = None) -> None:
        super().__init__(f"the provider refused: {status} {code}")
        self.status = status
        self.code = code
        self.reason = reason
        self.progress = progress


class Agent:
    """One login at one LINK. Every method may raise RefusedByServer, Unreachable and Garbled.

    `outbound` must list the link's origin and should list no other.
    """

    def __init__(self, link: Link, outbound: Outbound) -> None:
        self.link = link
        self._outbound = outbound

    def challenge(self, claim: str | None = None, *, terminal: str | None = None) -> Challenge:
        """Fetch the challenge.

        The first fetch of a QR handle claims it, and the claim travels in the Challenge; a later fetch there
        is given it as `claim`. `terminal`: the counter terminal that asks (section 5); its id is no part of LINK.
        """
        query = "" if terminal is None else f"?terminal={terminal}"
        answer = self._send("GET", self.link.url + query, claim=claim)
        challenge = Challenge.parse(_json(answer), self.link)
        return replace(challenge, claim=challenge.claim or claim)

    def prove(self, challenge: Challenge, card: Card, pin: str, ef0002: bytes = b"") -> Acceptance:
        """Let the card sign the challenge and send the proof. The PIN goes to the card and nowhere else.

        The signature key signs where there is a statement, which the caller has shown in full; else the user key.

        `ef0002`: what `card.attributes` gave, exactly where the challenge asks for attributes; it is bound into
        what is signed. Raises the errors of `connectors.card.errors` before anything is sent,
        AttributesUnreadable where particulars are asked for and none are given.
        """
        if challenge.attributes and not ef0002:
            raise AttributesUnreadable
        if ef0002 and not challenge.attributes:
            raise ValueError("particulars that nobody asked for")
        signature = card.sign(challenge.kind, pin, challenge.message(ef0002))
        body = proof_body(
            certificate=_certificate(card, challenge.kind, pin),
            signature=signature,
            device=_HINTS[card.device],
            attributes=ef0002,
        )
        return self.send_proof(challenge, body)

    def send_proof(self, challenge: Challenge, body: bytes) -> Acceptance:
        """Send a proof that was made over the challenge: the JSON body of section 3 or 5."""
        answer = self._send("POST", f"{self.link.url}/proof", body=body, claim=challenge.claim)
        return Acceptance.parse(_json(answer), self.link)

    def decline(self, challenge: Challenge) -> None:
        """Tell the provider that the person does not want this login."""
        self._send("POST", f"{self.link.url}/decline", body=b"", claim=challenge.claim)

    def ask(self, path: str, record: Mapping[str, object]) -> Mapping[str, object]:
        """Ask something else at LINK: one JSON object for another."""
        body = json.dumps(record).encode()
        return strict_object(_json(self._send("POST", f"{self.link.url}/{path}", body=body)))

    def _send(self, method: str, url: str, *, body: bytes | None = None, claim: str | None = None) -> Answer:
        headers = {"Accept": "application/json"}
        if body:
            headers["Content-Type"] = "application/json"
        if claim is not None:
            headers["Jpki-Login-Claim"] = claim
        answer = self._outbound.send(method, url, body=body, headers=headers, server_errors=True)
        if answer.status >= 400:
            raise _refusal(answer)
        return answer


def _certificate(card: Card, kind: CertificateKind, pin: str) -> bytes:
    """The certificate; where the PIN is wanted for it, as for that of signatures, it is right by now."""
    try:
        return card.certificate(kind)
    except PinRequired:
        return card.certificate(kind, pin)


def _json(answer: Answer) -> bytes:
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.status != 200 or media_type != "application/json":
        raise Garbled("the provider's answer is not one of the protocol")
    return answer.body


def _refusal(answer: Answer) -> RefusedByServer:
    """The refusal in an RFC 9457 problem. Raises Garbled when the answer is not one."""
    problem = strict_object(answer.body)
    code, reason = problem.get("code"), problem.get("reason")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise Garbled(f"the provider answered {answer.status} without a code")
    told = reason if isinstance(reason, str) and _REASON.fullmatch(reason) else None
    progress = problem.get("progress")
    state = progress if isinstance(progress, str) and _CODE.fullmatch(progress) else None
    return RefusedByServer(answer.status, code, told, state)
