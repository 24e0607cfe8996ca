"""The resident's own pages, over everything that people can do to what is held of them."""

from idp.compose import work
from idp.compose.ground import Ground
from idp.compose.people import People
from idp.login.transactions import Transactions
from idp.my.assembly import Acts, MyPages, my_pages
from idp.web import PageWriter


def my_pages_of(ground: Ground, people: People, transactions: Transactions, pages: PageWriter) -> MyPages:
    """All of them."""
    acts = Acts(
        ending=people.ending,
        leaving=people.leaving,
        withdrawal=people.withdrawal,
        transfer_codes=people.transfer_codes,
        resident_codes=people.resident_codes,
        passwords=people.passwords,
        passkeys=people.passkeys,
        sign_out=work.sign_out_of(ground),
    )
    return my_pages(
        acts,
        store=ground.store,
        transactions=transactions,
        pages=pages,
        auditor=ground.auditor,
        now=ground.now,
        token_bytes=ground.token_bytes,
    )
