"""Receipts of the anonymous way: their acts, and the page where residents ask."""

from idp.compose.ground import Ground
from idp.receipts.receipts import Receipts
from idp.receipts.tries import Tries
from idp.receipts.web import ReceiptPages
from idp.web.web import PageWriter


def receipts_of(ground: Ground) -> Receipts:
    """What services and residents do with them."""
    return Receipts(store=ground.store, auditor=ground.auditor, now=ground.now, token_bytes=ground.token_bytes)


def receipt_pages_of(ground: Ground, pages: PageWriter) -> ReceiptPages:
    """The page."""
    return ReceiptPages(
        receipts=receipts_of(ground),
        tries=Tries(state=ground.state),
        pages=pages,
        source_header=ground.settings.source_header,
    )
