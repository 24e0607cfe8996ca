"""Options of `idp procedure create|change`."""

from dataclasses import dataclass
from typing import Annotated

import typer

from idp.procedures.procedure import Way
from idp.procedures.register import Change
from idp.signatures.kinds import Kind

WAY = "anonymous, password, signature, combined (password or passkey, then the card), or acr for a level alone."
NAME_JA = "Name in Japanese, shown to residents."


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureOptions:
    """What a procedure may have; None where it was not given."""

    way: Annotated[Way | None, typer.Option(help=WAY)] = None
    name_ja: Annotated[str | None, typer.Option(help=NAME_JA)] = None
    name_en: Annotated[str | None, typer.Option(help="Name in English.")] = None
    minimum_acr: Annotated[str | None, typer.Option(help="A higher level than the way's own: aal2 or aal3.")] = (
        None
    )
    open_: Annotated[
        bool | None, typer.Option("--open/--closed", help="Whether services may begin logins for it.")
    ] = None
    signed_application: Annotated[
        bool | None,
        typer.Option(
            "--signed-application/--no-signed-application",
            help="Whether each login must bring the signature on the application (ways signature and combined).",
        ),
    ] = None
    signer: Annotated[
        list[Kind] | None,
        typer.Option(
            help="Of the way signature: whose signature on a document counts; given many times for several."
        ),
    ] = None
    receipt_days: Annotated[
        int | None,
        typer.Option(
            help="Of the ways anonymous and signature: days for which a receipt is kept after its last state; "
            "366 otherwise."
        ),
    ] = None

    @property
    def change(self) -> Change:
        """What shall be so."""
        return Change(
            name_ja=self.name_ja,
            name_en=self.name_en,
            way=self.way,
            minimum_acr=self.minimum_acr,
            open=self.open_,
            signed_application=self.signed_application,
            receipt_days=self.receipt_days,
            signers=self.signer or None,
        )
