"""Who has made an accepted proof, as its transaction keeps it: sealed in one piece, for it is needed together."""

from msgspec import Struct


class Prover(Struct, frozen=True):
    """The person by their handle, empty while the resident must be asked who they are.

    `session`: the id that the proof founded, a secret for their browser alone. `cert_index`: of the certificate
    that has signed, empty where it is not known.
    """

    handle: bytes
    session: str
    cert_index: bytes = b""

    def __repr__(self) -> str:
        """Nothing of it: all three are secret."""
        return "Prover()"

    def to_bytes(self) -> bytes:
        """As it is sealed."""
        return f"{self.handle.hex()}.{self.cert_index.hex()}.{self.session}".encode()

    @classmethod
    def from_bytes(cls, opened: bytes) -> "Prover":
        """Undo `to_bytes`."""
        handle, cert_index, session = opened.decode().split(".")
        return cls(bytes.fromhex(handle), session, bytes.fromhex(cert_index))
