"""The card page, and what a card proves: a login, a statement's signature, what a login asks for by such a one."""

from connectors.ports import LineageSource, TieSource
from idp.applications.request import ApplicationRequest
from idp.basic4.latest import LatestStep
from idp.basic4.request import SignatureRequest
from idp.compose.ground import Ground
from idp.compose.judges import Judges
from idp.compose.latest import telling_of
from idp.compose.sources import sources_of
from idp.consent_signing.proof import SigningStep
from idp.consent_signing.signings import Signings
from idp.consent_signing.whose import Whose
from idp.login.acceptance import AcceptanceStep
from idp.login.card_page import CardPage
from idp.login.codes import Codes
from idp.login.counter import Counter
from idp.login.handles import Handles
from idp.login.proof import ProofStep
from idp.login.records import Records
from idp.login.states import Channel
from idp.login.transactions import Transactions
from idp.revocation.check import RevocationCheck
from idp.terminals.register import Register
from idp.web.web import PageWriter


def card_page_of(ground: Ground, transactions: Transactions, pages: PageWriter) -> CardPage:
    """The page that asks for a proof."""
    return CardPage(
        transactions=transactions,
        pages=pages,
        tray_url=ground.settings.tray_url,
        sample_command=ground.settings.sample_command,
    )


def login_proof_of(ground: Ground, records: Records, judges: Judges) -> ProofStep:
    """From an authenticator's POST to an accepted login."""
    transactions, sources = Transactions(records), sources_of(ground, judges)
    return ProofStep(
        store=ground.store,
        transactions=transactions,
        handles=Handles(records),
        counter=Counter(terminals=Register(store=ground.store, now=ground.now), store=ground.store),
        revocation=judges.revocation,
        lineage=judges.lineage,
        signature=judges.signature,
        card_files={Channel.SAME_DEVICE: sources.own_reading, Channel.COUNTER: sources.terminal},
        acceptance=AcceptanceStep(
            store=ground.store,
            transactions=transactions,
            codes=Codes(records),
            arrival=judges.people.arrival,
            newcomers=judges.newcomers,
            auditor=ground.auditor,
            meters=ground.meters,
            outbox=ground.outbox,
            now=ground.now,
        ),
        auditor=ground.auditor,
        meters=ground.meters,
        now=ground.now,
        token_bytes=ground.token_bytes,
    )


def signing_step_of(
    ground: Ground, records: Records, revocation: RevocationCheck, ties: TieSource, lineage: LineageSource
) -> SigningStep:
    """From an authenticator's POST to a signed statement."""
    return SigningStep(
        store=ground.store,
        transactions=Transactions(records),
        handles=Handles(records),
        revocation=revocation,
        whose=Whose(store=ground.store, ties=ties, lineage=lineage),
        auditor=ground.auditor,
        meters=ground.meters,
        now=ground.now,
    )


def signings_of(ground: Ground, records: Records) -> Signings:
    """Begin and collect."""
    return Signings(transactions=Transactions(records), store=ground.store, now=ground.now)


def signature_request_of(ground: Ground, records: Records, judges: Judges) -> SignatureRequest:
    """The signature that a login asks for."""
    sources = sources_of(ground, judges)
    return SignatureRequest(
        source=sources.signature,
        consenting=sources.consenting,
        signings=signings_of(ground, records),
        telling=telling_of(ground),
        records=records,
        store=ground.store,
        now=ground.now,
    )


def latest_information_of(ground: Ground, records: Records, judges: Judges) -> LatestStep:
    """The latest information that a login asks for."""
    return LatestStep(
        source=sources_of(ground, judges).latest,
        telling=telling_of(ground),
        pairs=judges.pairs,
        records=records,
        store=ground.store,
        auditor=ground.auditor,
        meters=ground.meters,
        now=ground.now,
    )


def application_request_of(ground: Ground, records: Records) -> ApplicationRequest:
    """The signature on an application that a login asks for."""
    return ApplicationRequest(signings=signings_of(ground, records), records=records, now=ground.now)
