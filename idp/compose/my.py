"""The resident's own pages, over everything that people can do to what is held of them."""

from idp.compose import work
from idp.compose.agents import agents_of
from idp.compose.ground import Ground
from idp.compose.judges import Judges
from idp.login.transactions import Transactions
from idp.my.assembly import Acts, MyPages, my_pages
from idp.my.beside import Beside
from idp.my.signing_certificate import SigningCertificate
from idp.signature_status.by_lists import StatusByLists
from idp.web.web import PageWriter


def my_pages_of(ground: Ground, judges: Judges, transactions: Transactions, pages: PageWriter) -> MyPages:
    """All of them."""
    people = judges.people
    agents = agents_of(ground)
    acts = Acts(
        ending=people.ending,
        leaving=people.leaving,
        withdrawal=people.withdrawal,
        transfer_codes=people.transfer_codes,
        resident_codes=people.resident_codes,
        passwords=people.passwords,
        passkeys=people.passkeys,
        registry=agents.registry,
        representations=agents.ending,
        mandates=agents.mandates,
        sign_out=work.sign_out_of(ground),
    )
    return my_pages(
        acts,
        store=ground.store,
        transactions=transactions,
        pages=pages,
        auditor=ground.auditor,
        signing=_signing_of(ground, judges),
        beside=Beside(store=ground.store, release=work.release_of(ground)),
        now=ground.now,
        token_bytes=ground.token_bytes,
    )


def _signing_of(ground: Ground, judges: Judges) -> SigningCertificate:
    """Where nobody says which certificates belong together, nobody asks."""
    if not ground.settings.ties_url:
        return SigningCertificate(None)
    by_lists = StatusByLists(question=judges.signature, lists=judges.lists.by_crl, now=ground.now)
    return SigningCertificate(by_lists)
