"""What was asked about revocation for one decision, for those who count it: J-LIS charges by the question."""

from msgspec import Struct

from connectors.ports import CertificateKind
from idp.errors import Refusal
from idp.jpki.revocation import Method, NoEvidence


class Asked(Struct, frozen=True):
    """One question that was put to a source; nothing in it names a certificate.

    `remembered`: an earlier answer or that of another thread was used, so that the source was not asked again.
    `answered`: the source gave an answer that could be used; *revoked* and *unknown* are such answers.
    """

    kind: CertificateKind
    method: Method
    remembered: bool
    answered: bool


class LeftAlone(NoEvidence):
    """The source was not asked at all, so there is no question to count."""


class Tally:
    """The questions of one decision, in the order in which they ended. Belongs to one thread.

    `audience`: for whom it is decided. An answer that was given to one is never used again for another, who would
    learn from its age that somebody asked about this person lately. The empty one is an operator's.
    """

    def __init__(self, audience: bytes = b"") -> None:
        self.audience = audience
        self._asked: list[Asked] = []

    @classmethod
    def of_service(cls, tenant_id: str, client_id: str) -> "Tally":
        """The tally of a decision for one service of one tenant."""
        return cls(f"{tenant_id}\0{client_id}".encode())

    @property
    def asked(self) -> tuple[Asked, ...]:
        """What was asked until now."""
        return tuple(self._asked)

    @property
    def last_method(self) -> Method | None:
        """How it was asked last; None when nothing was asked."""
        return self._asked[-1].method if self._asked else None

    def charge(self, kind: CertificateKind, method: Method, *, answered: bool) -> None:
        """Count one question that J-LIS charges for beside those about revocation."""
        self._asked.append(Asked(kind, method, remembered=False, answered=answered))

    def question(self, kind: CertificateKind, method: Method) -> "Question":
        """Count what happens within as one question (`with`)."""
        return Question(self._asked, kind, method)


class Question:
    """A question under way: answered unless it ends with NoEvidence.

    Nothing is counted after LeftAlone, nor after an error of our own.
    """

    def __init__(self, asked: list[Asked], kind: CertificateKind, method: Method) -> None:
        self._asked = asked
        self._kind = kind
        self._method = method
        self._remembered = False

    def remember(self) -> None:
        """Told by who uses another answer than one of its own."""
        self._remembered = True

    def __enter__(self) -> "Question":
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        answered = error is None or isinstance(error, Refusal)
        if answered or (isinstance(error, NoEvidence) and not isinstance(error, LeftAlone)):
            self._asked.append(Asked(self._kind, self._method, self._remembered, answered))
