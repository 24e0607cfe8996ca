"""The control endpoint: instructions that move the sandbox's world, as the ready file's `control` takes them."""

import math
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from connectors.sandbox import events, publication
from connectors.sandbox.clock import OffsetClock
from connectors.sandbox.state import CrlMode, LinkageMode, OcspMode, Slot
from connectors.sandbox.world import World

_GREATEST_OFFSET = 50 * 365 * 24 * 60 * 60
_SLOTS = {"auth": Slot.AUTH, "sign": Slot.SIGN, "phone": Slot.PHONE}


class InstructionRefused(ValueError):
    """Not an instruction of the published form."""


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _OneCertificate(_Form):
    do: Literal["revoke", "renew", "unlink"]
    resident: str
    certificate: Literal["auth", "sign", "phone"] = "auth"


class _OneResident(_Form):
    do: Literal["move", "add-phone", "lose", "die"]
    resident: str
    certificate: Literal["auth", "sign", "phone"] = "auth"


class _Clock(_Form):
    do: Literal["clock"]
    seconds: float = Field(ge=-_GREATEST_OFFSET, le=_GREATEST_OFFSET, allow_inf_nan=False)


class _Ocsp(_Form):
    do: Literal["ocsp"]
    mode: Literal["up", "down", "garbage", "signed"]


class _Crl(_Form):
    do: Literal["crl"]
    mode: Literal["fresh", "stale"]


class _Lineage(_Form):
    do: Literal["lineage"]
    mode: Literal["up", "down", "unobtainable"]


class _Tick(_Form):
    do: Literal["tick"]


Instruction = Annotated[
    _OneCertificate | _OneResident | _Clock | _Ocsp | _Crl | _Lineage | _Tick, Field(discriminator="do")
]
_ADAPTER: TypeAdapter[Instruction] = TypeAdapter(Instruction)
_ON_CERTIFICATE = {
    "revoke": events.revoke,
    "renew": events.renew,
    "unlink": events.unlink,
}
_ON_RESIDENT = {
    "move": events.move,
    "add-phone": events.add_phone,
    "lose": events.lose,
    "die": events.die,
}


def obey(world: World, clock: OffsetClock, unverified_body: bytes) -> None:
    """Carry out one instruction.

    Raises InstructionRefused for another form, events.UnknownResident, and events.EventRefused for what cannot
    happen to that resident.
    """
    try:
        instruction = _ADAPTER.validate_json(unverified_body)
    except (ValidationError, RecursionError) as error:
        raise InstructionRefused("not an instruction of the published form") from error
    match instruction:
        case _OneCertificate():
            act = _ON_CERTIFICATE[instruction.do]
            act(world, instruction.resident, _SLOTS[instruction.certificate], clock())
        case _OneResident():
            _ON_RESIDENT[instruction.do](world, instruction.resident, clock())
        case _Clock():
            clock.set_offset(math.trunc(instruction.seconds * 1000) / 1000)
            world.change(lambda state: publication.clock_moved(state, clock()))
        case _Ocsp():
            mode = OcspMode(instruction.mode)
            world.change(lambda state: publication.due(replace(state, ocsp_mode=mode), clock()))
        case _Crl():
            crl_mode = CrlMode(instruction.mode)
            world.change(lambda state: publication.with_crl_mode(state, crl_mode, clock()))
        case _Lineage():
            linkage_mode = LinkageMode(instruction.mode)
            world.change(lambda state: replace(state, linkage_mode=linkage_mode))
        case _Tick():
            world.change(lambda state: publication.at_once(state, clock()))
