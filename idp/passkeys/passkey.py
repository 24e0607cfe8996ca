"""A passkey as it is kept: sealed, found by a keyed index of its credential id. Pure."""

import base64
import json
from dataclasses import dataclass, field
from datetime import date

from idp.jpki.profile import Device
from idp.keys.sealing import Place, TenantKeys
from idp.store.passkeys import PasskeyRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """`handle`: the person's. `public_key`: COSE; `sign_count`: as last shown, 0 where the device counts nothing.

    `may_be_copied`: its key may leave the device (backup eligibility). `device`: of the certificate that bound it,
    None for one of the municipality's staff, which no certificate bound.
    """

    credential_id: bytes = field(repr=False)
    handle: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    sign_count: int
    may_be_copied: bool
    device: Device | None
    bound_on: date


def sealed(keys: TenantKeys, passkey: Passkey) -> PasskeyRow:
    """Its row."""
    index = keys.passkey_index(passkey.credential_id)
    body = {
        "id": base64.b64encode(passkey.credential_id).decode(),
        "handle": passkey.handle.hex(),
        "public_key": base64.b64encode(passkey.public_key).decode(),
        "sign_count": passkey.sign_count,
        "may_be_copied": passkey.may_be_copied,
        "device": str(passkey.device or ""),
        "bound_on": passkey.bound_on.isoformat(),
    }
    text = keys.seal(_place(index), json.dumps(body, sort_keys=True).encode())
    return PasskeyRow(index, keys.passkey_mark(passkey.handle), text)


def opened(keys: TenantKeys, row: PasskeyRow) -> Passkey:
    """Undo `sealed`. Raises SealBroken for a row that was altered."""
    stored = json.loads(keys.open(_place(row.credential_index), row.sealed_body))
    return Passkey(
        credential_id=base64.b64decode(stored["id"]),
        handle=bytes.fromhex(stored["handle"]),
        public_key=base64.b64decode(stored["public_key"]),
        sign_count=stored["sign_count"],
        may_be_copied=stored["may_be_copied"],
        device=Device(stored["device"]) if stored["device"] else None,
        bound_on=date.fromisoformat(stored["bound_on"]),
    )


def _place(index: bytes) -> Place:
    return Place("passkey", index, "body")
