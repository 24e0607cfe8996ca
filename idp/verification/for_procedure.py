"""A signed document judged for a procedure: whose signature it takes, and what the document still lacks. Pure.

An application is signed by whom the procedure names (`Procedure.signers`), in the combined way by the very person
who signed in. What the municipality answers is signed by a post (職責証明書), whatever the procedure's way.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from idp.errors import Reason
from idp.procedures.procedure import Procedure, Way
from idp.signatures.judged import Judged
from idp.signatures.kinds import Kind
from idp.tenants.tenancy import Client
from idp.verification import signature_shapes as shapes
from idp.verification.problems import ApiProblem


class Part(StrEnum):
    """Which document of a procedure it is."""

    APPLICATION = "application"
    REPLY = "reply"
    """What the municipality answers: a permit, a certificate, a notice."""


class Lack(StrEnum):
    """What a document lacks for its procedure. Values are stable and public."""

    SIGNATURE = "signature"
    """One of its signatures cannot be relied on."""
    SIGNER_KIND = "signer_kind"
    """One is good, and of a kind that the procedure does not take."""
    SAME_PERSON = "same_person"
    """Nobody can say that the signer is who signed in."""


@dataclass(frozen=True, slots=True)
class Demanded:
    """The procedure with the part of it that was handed in. `receipt`: numbers are wanted for it."""

    procedure: Procedure
    part: Part
    receipt: bool

    @property
    def signers(self) -> Collection[Kind]:
        """Whose signatures count."""
        return (Kind.LGPKI,) if self.part is Part.REPLY else self.procedure.signers

    @property
    def kinds(self) -> frozenset[Kind]:
        """The kinds under which a signature is judged: those that count, and all that cost no question to J-LIS,
        so that one of another kind can be told from one that nobody trusts."""
        return frozenset(Kind) - {Kind.JPKI} | frozenset(self.signers)

    def judged(self, one: Judged) -> Judged:
        """The verdict for this procedure: a good signature of another kind is none here."""
        if one.code is None and one.kind not in self.signers:
            return replace(one, code=Reason.CERTIFICATE_WRONG_KIND)
        return one

    def lacks(self, judged: Sequence[Judged], same: Sequence[bool | None]) -> tuple[Lack, ...]:
        """What is missing; nothing where the document is as the procedure wants it."""
        found = [
            Lack.SIGNER_KIND if one.code is Reason.CERTIFICATE_WRONG_KIND else Lack.SIGNATURE
            for one in judged
            if one.code
        ]
        own = self.part is Part.APPLICATION and self.procedure.combined
        if own and not all(is_same is True for is_same in same):
            found.append(Lack.SAME_PERSON)
        return tuple(lack for lack in Lack if lack in found)


def demanded(client: Client, asked: shapes.SignatureRequest) -> Demanded | None:
    """What the named procedure wants; None where none is named.

    Raises ApiProblem: malformed, procedure_refused.
    """
    part = Part(asked.part)
    if asked.procedure is None:
        if asked.receipt or part is not Part.APPLICATION:
            raise ApiProblem("malformed", "receipt and part belong to a procedure")
        return None
    if asked.accept is not None:
        raise ApiProblem("malformed", "the procedure says whose signatures count: accept goes without one")
    procedure = client.procedures.get(asked.procedure)
    if procedure is None:
        raise ApiProblem("procedure_refused", "procedure is none of the service")
    if part is Part.APPLICATION and not procedure.takes_applications:
        raise ApiProblem("procedure_refused", "procedure is of a way in which nobody signs an application")
    if asked.receipt and (part is Part.REPLY or procedure.way is not Way.SIGNATURE or not procedure.open):
        raise ApiProblem(
            "procedure_refused", "numbers are given for applications of the way signature, while it is open"
        )
    return Demanded(procedure, part, asked.receipt)
