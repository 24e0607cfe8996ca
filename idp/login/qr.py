"""The QR code of a LINK (ISO/IEC 18004), as a picture for a page."""

import io

import segno

QUIET_ZONE = 4
"""Modules of light border that the standard asks for."""


def svg(link: str) -> bytes:
    """An SVG document of its own, without a size, so that the page gives it one.

    Dark on light in every colour scheme: readers do not reliably take inverted codes. Error correction M: the
    picture is on a screen and neither dirty nor torn.
    """
    drawn = io.BytesIO()
    code = segno.make_qr(link, error="m", boost_error=False)
    code.save(drawn, kind="svg", border=QUIET_ZONE, light="#fff", dark="#000", omitsize=True, svgns=True)
    return drawn.getvalue()
