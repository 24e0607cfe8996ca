"""What answers requests: the pages and endpoints of `idp/app.py`, each with what it needs."""

from idp.app import Parts
from idp.compose import services, work
from idp.compose.agents import for_whom_of
from idp.compose.custody import card_host_hop, mtls_host_hop
from idp.compose.documents import judging_of
from idp.compose.ground import Ground
from idp.compose.judges import Judges
from idp.compose.my import my_pages_of
from idp.compose.people import at_counter_of, question_of
from idp.compose.proofs import (
    application_request_of,
    card_page_of,
    latest_information_of,
    login_proof_of,
    signature_request_of,
    signing_step_of,
)
from idp.compose.receipts import receipt_pages_of
from idp.compose.requests import par_of, request_objects_of
from idp.compose.sessions import session_parts
from idp.compose.tokens import token_parts
from idp.compose.ways import ways_of
from idp.developer.web import DeveloperPage
from idp.login.attempts import Attempts
from idp.login.codes import Codes
from idp.login.handles import Handles
from idp.login.records import Records
from idp.login.tls_card import TlsCardStep
from idp.login.tls_card_web import TlsCardRoutes
from idp.login.transactions import Transactions
from idp.login.web_card import CardRoutes
from idp.login.web_for_whom import ForWhomPages
from idp.login.web_pages import LoginPages
from idp.login.web_question import QuestionPages
from idp.login.web_signature import SignaturePages
from idp.login.web_waiting import WaitingPages
from idp.my.entering import finishing
from idp.oidc.authorization.authorize import Authorize
from idp.oidc.authorization.pushed import PushedRequests
from idp.oidc.clients.client_authentication import ClientAuthentication
from idp.oidc.clients.encrypting import Encrypting
from idp.oidc.clients.register import RegistrationEndpoint
from idp.pages.render import Pages
from idp.user_numbers.assembly import Numbers
from idp.user_numbers.web_counter import CounterNumberRoutes
from idp.verification.assembly import Verification
from idp.verification.fronts import OcspFronts
from idp.verification.ocsp_front import OcspFront
from idp.web.web import PageWriter
from idp.web.web_help import HelpPages


def parts_of(
    ground: Ground, judges: Judges, verification: Verification, numbers: Numbers, fronts: OcspFronts
) -> Parts:
    """All of them."""
    store, directory, auditor, now = ground.store, ground.directory, ground.auditor, ground.now
    records = Records(state=ground.state, now=now, token_bytes=ground.token_bytes)
    transactions, handles, attempts = Transactions(records), Handles(records), Attempts(directory)
    pages = PageWriter(Pages())
    key_sets, hop = work.key_sets_of(ground), mtls_host_hop(ground.settings)
    clients = ClientAuthentication(directory=directory, store=store, key_sets=key_sets, now=now)
    request_objects = request_objects_of(ground, key_sets)
    pushed = PushedRequests(
        records=records, store=store, now=now, unused_seconds=ground.settings.request_uri_seconds
    )
    lasting = session_parts(
        ground, records, pages, revocation=judges.revocation, signature=judges.signature, pairs=judges.pairs
    )
    encrypting = Encrypting(key_sets)
    tokens = token_parts(ground, lasting, clients, encrypting, hop, judges.watching, judges.pairs)
    card_page = card_page_of(ground, transactions, pages)
    authorize = Authorize(
        directory=directory,
        transactions=transactions,
        card=card_page,
        single_sign_on=lasting.single_sign_on,
        pushed=pushed,
        request_objects=request_objects,
        encrypting=encrypting,
        stored=lasting.stored,
        mistakes=lasting.mistakes,
        pages=pages,
        now=now,
        code_seconds=ground.settings.code_seconds,
    )
    proof = login_proof_of(ground, records, judges)
    mine = my_pages_of(ground, judges, transactions, pages)
    finish = finishing(authorize.finish)
    login = LoginPages(
        attempts=attempts,
        transactions=transactions,
        codes=Codes(records),
        pairs=judges.pairs,
        release=work.release_of(ground),
        signature=signature_request_of(ground, records, judges),
        application=application_request_of(ground, records),
        latest=latest_information_of(ground, records, judges),
        for_whom=for_whom_of(ground, records),
        store=store,
        auditor=auditor,
        pages=pages,
        finish=finish,
        enter_own=mine.entering.enter,
    )
    return Parts(
        directory=directory,
        home_url=ground.settings.home_url,
        pages=pages,
        authorize=authorize,
        card=CardRoutes(
            directory=directory,
            handles=handles,
            proof=proof,
            signing=signing_step_of(ground, records, judges.revocation, judges.ties, judges.lineage),
            store=store,
            auditor=auditor,
            pages=pages,
        ),
        counter_number=CounterNumberRoutes(at_counter=at_counter_of(ground, judges.pairs, numbers, records)),
        tls_card=TlsCardRoutes(
            directory=directory,
            handles=handles,
            step=TlsCardStep(handles=handles, proof=proof),
            hop=card_host_hop(ground.settings),
        ),
        waiting=WaitingPages(
            attempts=attempts,
            transactions=transactions,
            handles=handles,
            pages=pages,
            finish=finish,
            card=card_page,
        ),
        login=login,
        signature=SignaturePages(login=login, pages=pages),
        for_whom=ForWhomPages(login=login, pages=pages),
        mine=mine,
        question=QuestionPages(
            attempts=attempts,
            question=question_of(ground, judges.people, judges.newcomers, records),
            login=login,
            pages=pages,
        ),
        receipts=receipt_pages_of(ground, pages),
        ways=ways_of(
            ground,
            records,
            pages,
            revocation=judges.revocation,
            judging=judging_of(ground, judges.revocation),
        ),
        token=tokens.token,
        par=par_of(
            ground,
            clients,
            hop,
            request_objects=request_objects,
            pushed=pushed,
            proofs=tokens.bindings.proofs,
            mistakes=lasting.mistakes,
        ),
        userinfo=tokens.userinfo,
        introspection=tokens.introspection,
        revocation=tokens.revocation,
        registration=RegistrationEndpoint(services=services.self_registration_of(ground)),
        api=verification.api,
        logout=lasting.logout,
        help=HelpPages(pages=pages),
        developer=DeveloperPage(pages=pages),
        ocsp_front=OcspFront(
            fronts=fronts,
            revocation=judges.revocation,
            limits=verification.limits,
            meter=fronts.meter,
            now=now,
        ),
    )
