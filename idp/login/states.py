"""States of a login transaction, and what each of them means outside (card login protocol, sections 1 and 7)."""

from collections.abc import Mapping
from enum import StrEnum

from idp.errors import Reason


class State(StrEnum):
    """How far a transaction has come."""

    WAITING = "waiting"
    PROVING = "proving"
    """A proof is being judged: whatever else arrives is too late or too early."""
    ACCEPTED = "accepted"
    """A proof was accepted; the browser has neither come back nor shown the code yet."""
    CONSENTING = "consenting"
    """The browser came back, or showed the code, and the resident is being asked."""
    FINISHED = "finished"
    DECLINED = "declined"
    EXPIRED = "expired"
    """A proof was accepted, and the code was guessed wrong three times or came too late."""


STATES: Mapping[str, State] = {state.value: state for state in State}
"""By what stands in the record, which is read with every request of a login."""
SPENT: Mapping[State, Reason] = {
    State.PROVING: Reason.ALREADY_USED,
    State.ACCEPTED: Reason.ALREADY_USED,
    State.CONSENTING: Reason.ALREADY_USED,
    State.FINISHED: Reason.ALREADY_USED,
    State.DECLINED: Reason.DECLINED,
    State.EXPIRED: Reason.ALREADY_USED,
}
"""What an authenticator is told that comes to a handle whose transaction waits no longer."""


class Channel(StrEnum):
    """How an authenticator reached the transaction; it belongs to its nonce and is never a request's word."""

    SAME_DEVICE = "same-device"
    CROSS_DEVICE = "cross-device"
    COUNTER = "counter"
    """An enrolled terminal at the button's handle: its nonces are of a channel of their own."""
    PASSWORD = "password"
    """An ID with its password, on the login's own page."""
    PASSKEY = "passkey"
    """...or a passkey: neither reaches a handle."""
    ORGANIZATION = "organization"
    """Somebody who signs in for a company, or of the staff, on pages of the login's own."""
    CLIENT_CERTIFICATE = "client-certificate"
    """The browser's own TLS handshake at the card host: there is no nonce, and no link leads to it."""


WITHOUT_CARD = frozenset({Channel.PASSWORD, Channel.PASSKEY, Channel.ORGANIZATION})
"""Neither card nor phone was read there."""


class Shown(StrEnum):
    """What the waiting page is told. The values are the protocol's."""

    WAITING = "waiting"
    SCANNED = "scanned"
    CODE = "code"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DECLINED = "declined"
    EXPIRED = "expired"
