"""The paper slip: what was done at the counter, with a reference. No name, no number of a person.

The reference is the terminal's id and the moment: under both the tenant finds the entry in its audit trail.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from connectors.card.counter.message import Mode
from connectors.card.counter.sheet import ROLL, Sheet

POINTS = 9.5
_WAYS = {Mode.PIN: "マイナンバーカードと暗証番号", Mode.KAZASHI: "マイナンバーカードをかざす（暗証番号なし）"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One login that was accepted. `at` in local time; `terminal`: its id."""

    tenant: str
    service: str
    mode: Mode
    at: datetime
    terminal: str
    place: str

    @property
    def reference(self) -> str:
        """The reference number."""
        return reference(self.terminal, self.at)


def reference(terminal: str, at: datetime) -> str:
    """What a case is called, on paper and on both screens."""
    return f"{terminal}/{at:%Y%m%d-%H%M%S}"


def slip(done: Done, typeface: Path) -> bytes:
    """The slip as PDF, 80 mm wide. Raises PrintingAbsent, TypefaceAbsent."""
    sheet = Sheet(typeface, ROLL, points=POINTS, made=done.at)
    sheet.heading("窓口利用票")
    sheet.paragraph(done.tenant)
    sheet.paragraph(done.service)
    sheet.gap()
    sheet.line("日時", f"{done.at:%Y-%m-%d %H:%M}")
    sheet.line("場所", done.place)
    sheet.line("方法", _WAYS[done.mode])
    sheet.line("受付番号", done.reference)
    sheet.gap()
    sheet.paragraph(
        "お問い合わせのときは、受付番号をお伝えください。この票に、お名前と個人番号は記載していません。",
        small=True,
    )
    return sheet.pdf()
