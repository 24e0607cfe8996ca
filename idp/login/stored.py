"""The short-lived record of a login transaction: its fields, and the snapshot that they are read as."""

import json

import msgspec
from msgspec import Struct

from idp.errors import Reason
from idp.jpki.revocation import Method
from idp.login.application import Application
from idp.login.attributes import NOTHING, Asked
from idp.login.demand import NO_WISH, Wish
from idp.login.signing import Signing
from idp.login.states import Channel, State
from idp.login.transaction import Accepted, Code, First, Handle, Request, Transaction
from idp.store.shortlived import Fields

PREFIXES = {Channel.SAME_DEVICE: "button", Channel.CROSS_DEVICE: "qr"}
"""With which the field names of a handle begin, by its channel."""


class _Record(Struct, frozen=True, kw_only=True):
    """The fields that a snapshot shows, by their names in the record, where each is a text and none is empty."""

    id: str
    state: State
    ends: int
    extended: bool = False
    by: Channel | None = None
    refusal: Reason | None = None
    refused_at: int = 0
    days_past: int | None = None
    form: str = ""
    denied: bool = False
    beside: str = ""
    step_up: str = ""
    shared: bool = False
    first: str = ""
    passkey: str = ""
    signing: str = ""
    signature: str = ""
    application_signed: str = ""
    for_whom: str = ""
    accepted: str = ""

    # of its Request
    client: str
    scope: str = ""
    request: str
    wish_acr: str = ""
    wish_method: Method | None = None
    procedure: str = ""
    attributes: str = ""
    ask: bool = False
    application: str = ""
    by_agent: bool = False

    # of its two handles
    button: str
    button_ends: int
    button_agent: str
    button_nonce: str = ""
    button_claim: str = ""
    button_terminal: str = ""

    qr: str = ""
    qr_ends: int = 0
    qr_agent: str = ""
    qr_nonce: str = ""
    qr_claim: str = ""
    qr_terminal: str = ""

    # of its Code
    code: str = ""
    code_ends: int = 0
    tries: int = 0
    code_prolonged: bool = False


def parse(fields: Fields) -> Transaction:
    """The snapshot of a record.

    A login whose proof another version has stored is over: its resident begins anew. Raises
    msgspec.ValidationError where a field is missing or of another form, as in no record of ours.
    """
    record = msgspec.convert(fields, _Record, strict=False)  # numbers stand there as text, and `1` for true
    accepted = Accepted.from_json(record.accepted) if record.accepted else None
    return Transaction(
        transaction_id=record.id,
        request=_request(record),
        state=State.EXPIRED if record.accepted and accepted is None else record.state,
        ends=record.ends,
        extended=record.extended,
        button=_button(record),
        qr=_qr(record) if record.qr else None,
        proved_by=record.by,
        refusal=record.refusal,
        refused_at=record.refused_at,
        days_past=record.days_past,
        form=record.form,
        code=_code(record) if record.code else None,
        accepted=accepted,
        denied=record.denied,
        beside=record.beside,
        step_up=record.step_up,
        shared=record.shared,
        first=First(**json.loads(record.first)) if record.first else None,
        passkey=record.passkey,
        signing=Signing.parse(record.signing) if record.signing else None,
        signature=record.signature,
        application_signed=record.application_signed,
        for_whom=record.for_whom,
    )


def _request(record: _Record) -> Request:
    return Request(
        client_id=record.client,
        scopes=tuple(record.scope.split()),
        body=record.request,
        wish=_wish(record) if record.wish_acr or record.wish_method or record.procedure else NO_WISH,
        attributes=Asked.parse(record.attributes) if record.attributes else NOTHING,
        ask=record.ask,
        application=Application.parse(record.application) if record.application else None,
        by_agent=record.by_agent,
    )


def _wish(record: _Record) -> Wish:
    return Wish(record.wish_acr, record.wish_method, record.procedure)


def _button(record: _Record) -> Handle:
    return Handle(
        channel=Channel.SAME_DEVICE,
        value=record.button,
        ends=record.button_ends,
        agent_transaction=record.button_agent,
        nonce=record.button_nonce,
        claim_digest=record.button_claim,
        terminal=record.button_terminal,
    )


def _qr(record: _Record) -> Handle:
    return Handle(
        channel=Channel.CROSS_DEVICE,
        value=record.qr,
        ends=record.qr_ends,
        agent_transaction=record.qr_agent,
        nonce=record.qr_nonce,
        claim_digest=record.qr_claim,
        terminal=record.qr_terminal,
    )


def _code(record: _Record) -> Code:
    return Code(record.code, record.code_ends, record.tries, record.code_prolonged)
