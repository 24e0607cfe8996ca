"""A printed sheet as PDF: headings, lines of label and value, paragraphs. The one place that knows fpdf2."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from connectors.card.counter.typeface import TypefaceAbsent, printable

if TYPE_CHECKING:
    from fpdf import FPDF
    from fpdf.fonts import TTFFont

A4 = (210.0, 297.0)
ROLL = (80.0, 160.0)
"""Paper of a slip printer, millimetres."""
_FACE = "sheet"
_LABEL_SHARE = 0.3


class PrintingAbsent(Exception):
    """The optional software for printed sheets is not installed; the message names it."""


class Sheet:
    """One sheet. `size`: width and height in millimetres; `points`: of ordinary text.

    Raises PrintingAbsent, and TypefaceAbsent for a file that is no typeface.
    """

    def __init__(self, typeface: Path, size: tuple[float, float], *, points: float, made: datetime) -> None:
        self._pdf = _blank(size, made)
        try:
            self._pdf.add_font(_FACE, "", typeface)
        except Exception as error:  # fontTools raises what it likes for a broken file
            raise TypefaceAbsent("the file is no typeface that can be embedded") from error
        self._covered = set(cast("TTFFont", self._pdf.fonts[_FACE]).cmap)  # one from a file, not a core font
        self._points = points
        self.exact = True
        """Whether everything so far is printed as it was given."""

    def heading(self, text: str) -> None:
        """A line twice as large, in the middle."""
        self._write(text, points=1.6 * self._points, align="C")
        self.gap()

    def paragraph(self, text: str, *, align: str = "L", small: bool = False) -> None:
        """Running text, broken where the sheet ends."""
        self._write(text, points=self._points * (0.75 if small else 1.0), align=align)

    def line(self, label: str, value: str) -> None:
        """A label and what belongs to it, in two boxes side by side; an empty value is room to write in."""
        from fpdf.enums import MethodReturnValue

        output = MethodReturnValue.LINES
        width = self._pdf.epw * _LABEL_SHARE
        rest = self._pdf.epw - width
        height = self._height(self._points)
        self._pdf.set_font(_FACE, size=self._points)
        known, told = self._text(label), self._text(value) or " "
        rows = [
            len(cast(list[str], self._pdf.multi_cell(share, height, text, dry_run=True, output=output)))
            for share, text in ((width, known), (rest, told))
        ]
        box = height * max(rows) + 2
        left, top = self._pdf.l_margin, self._pdf.get_y()
        self._pdf.rect(left, top, width, box)
        self._pdf.rect(left + width, top, rest, box)
        for at, share, text in ((left, width, known), (left + width, rest, told)):
            self._pdf.set_xy(at, top + 1)
            self._pdf.multi_cell(share, height, text, align="L")
        self._pdf.set_xy(left, top + box)

    def gap(self) -> None:
        """Room."""
        self._pdf.ln(self._height(self._points) * 0.6)

    def pdf(self) -> bytes:
        """The file."""
        return bytes(self._pdf.output())

    def _write(self, text: str, *, points: float, align: str) -> None:
        self._pdf.set_font(_FACE, size=points)
        self._pdf.multi_cell(
            self._pdf.epw, self._height(points), self._text(text), align=align, new_x="LMARGIN", new_y="NEXT"
        )

    def _text(self, text: str) -> str:
        # Asked here, so that the library never meets a missing character: it would log it.
        found = printable(text, self._covered)
        self.exact = self.exact and found.exact
        return found.text

    def _height(self, points: float) -> float:
        return points * 25.4 / 72 * 1.5


def _blank(size: tuple[float, float], made: datetime) -> "FPDF":
    try:
        from fpdf import FPDF
    except ImportError as error:
        raise PrintingAbsent(
            "printed sheets need more software: pip install fpdf2 (in a clone: make setup-test)"
        ) from error
    pdf = FPDF(format=size)
    pdf.set_creation_date(made)
    pdf.set_margin(min(size) / 12)
    pdf.add_page()
    return pdf
