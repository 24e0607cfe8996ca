"""A signed document by its form."""

from idp.signatures import cms, jws
from idp.signatures.found import MAX_DOCUMENT_BYTES, Form, Found, NotInstalled, TooMuch, Unreadable


def read(form: Form, document: bytes, *, content: bytes | None = None, element: str | None = None) -> list[Found]:
    """Its signatures, each proven by the key that comes with it; at least one.

    `content`: what a CMS or a JWS is detached from. `element`: of an XML document, the one that must be signed.
    Raises Unreadable, TooMuch, NotInstalled; Busy of `contained`.
    """
    if len(document) > MAX_DOCUMENT_BYTES or len(content or b"") > MAX_DOCUMENT_BYTES:
        raise TooMuch(f"more than {MAX_DOCUMENT_BYTES} bytes")
    if content is not None and form not in (Form.CMS, Form.JWS):
        raise Unreadable("content belongs to CMS and JWS")
    if element is not None and form is not Form.XML:
        raise Unreadable("element belongs to XML")
    if form is Form.CMS:
        return cms.read(document, content)
    if form is Form.JWS:
        return jws.read(document, content)
    return _with_more(form, document, element)


def _with_more(form: Form, document: bytes, element: str | None) -> list[Found]:
    """Of the forms that the optional dependency reads."""
    try:
        from idp.signatures import pdf, xml
    except ImportError as error:
        raise NotInstalled from error
    return pdf.read(document) if form is Form.PDF else xml.read(document, element)
