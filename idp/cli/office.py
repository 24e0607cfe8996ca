"""The office that helps residents, on the command line: options of `idp tenant settings`."""

from typing import Annotated

import typer

OfficeDesk = Annotated[str | None, typer.Option(help="Who helps residents whose login fails; empty: nobody.")]
OfficeTelephone = Annotated[str | None, typer.Option(help="Its telephone number, as dialled.")]
OfficeHours = Annotated[str | None, typer.Option(help="When somebody is there.")]
OfficeBring = Annotated[str | None, typer.Option(help="What to bring.")]
OfficePaper = Annotated[str | None, typer.Option(help="How the same is done on paper.")]
OfficeLost = Annotated[str | None, typer.Option(help="Whom to call at any hour when a card or phone is lost.")]
OfficeLanguage = Annotated[str, typer.Option(help="Language of these lines: ja, ja-simple or en.")]


def office_lines(
    language: str,
    *,
    desk: str | None,
    telephone: str | None,
    hours: str | None,
    bring: str | None,
    paper: str | None,
    lost: str | None,
) -> dict[str, dict[str, str]]:
    """The lines that the options state, by language; none for options that state nothing."""
    lines = {"desk": desk, "telephone": telephone, "hours": hours, "bring": bring, "paper": paper, "lost": lost}
    said = {name: text for name, text in lines.items() if text is not None}
    return {language: said} if said else {}
