"""The derivation: from a person's handle and a sector to the one number that the sector's services see."""

from ppid.encoding import MAX_GENERATION, encode_message, encode_tag
from ppid.errors import GenerationRefused, HandleRefused, TagRefused
from ppid.keys import require_key_version
from ppid.mac import Mac
from ppid.sector import require_sector_id, require_tenant_id

HANDLE_BYTES = 32
TAG_BYTES = 32


def message(*, tenant_id: str, sector_id: str, handle: bytes, generation: int = 0) -> bytes:
    """The bytes that are authenticated.

    `handle`: the person's 32 random bytes at this tenant. `generation`: 0, or how often the person has begun
    anew in this sector, up to 2^32 - 1.

    Raises TenantIdRefused, SectorIdRefused, HandleRefused, GenerationRefused.
    """
    require_tenant_id(tenant_id)
    require_sector_id(sector_id)
    if not isinstance(handle, bytes) or len(handle) != HANDLE_BYTES:
        raise HandleRefused(f"handle is not {HANDLE_BYTES} bytes")
    if not isinstance(generation, int) or isinstance(generation, bool) or not 0 <= generation <= MAX_GENERATION:
        raise GenerationRefused("generation is not an integer from 0 to 2^32 - 1")
    return encode_message(tenant_id, sector_id, handle, generation)


def derive(
    mac: Mac, *, tenant_id: str, sector_id: str, handle: bytes, key_version: int, generation: int = 0
) -> str:
    """The PPID: 43 characters of base64url.

    The same arguments always give the same PPID; any other argument gives an unrelated one. What the caller must
    see to: that `handle` is random, and that a PPID once given is stored and not derived again.

    Raises a subclass of PpidError for every argument that is not as described, for an unknown key version, and
    for a `mac` that does not return 32 bytes; and whatever else `mac` raises.
    """
    authenticated = message(tenant_id=tenant_id, sector_id=sector_id, handle=handle, generation=generation)
    tag = mac.hmac_sha256(tenant_id, require_key_version(key_version), authenticated)
    if not isinstance(tag, bytes) or len(tag) != TAG_BYTES:
        raise TagRefused(f"the mac did not return {TAG_BYTES} bytes")
    return encode_tag(tag)
