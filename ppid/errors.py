"""Why a derivation was refused. Messages name the argument, never its value."""


class PpidError(Exception):
    """The root of every refusal of this library."""


class TenantIdRefused(PpidError):
    """Not 1 to 64 characters of a-z, 0-9 and hyphen."""


class SectorIdRefused(PpidError):
    """Not 1 to 64 characters of a-z, 0-9 and hyphen."""


class HandleRefused(PpidError):
    """Not exactly 32 bytes."""


class KeyVersionRefused(PpidError):
    """Not an integer of at least 1, or a version that the Mac does not know."""


class GenerationRefused(PpidError):
    """Not an integer from 0 to 2^32 - 1."""


class KeyRefused(PpidError):
    """Not a key of exactly 32 bytes."""


class TagRefused(PpidError):
    """A Mac returned something else than 32 bytes."""
