"""Every page that a resident can meet, in every state, with the context that it is given."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from components.account_states import account_states
from components.agent_states import agent_states
from components.attribute_states import ALL_FOUR, ATTRIBUTES
from components.my_states import my_states
from components.organization_states import organization_states
from components.receipt_states import receipt_states
from components.signing_states import signing_states

from idp.errors import Reason
from idp.login.question import AFTER_DIGITS, Answer
from idp.login.single_sign_on import Why
from idp.pages.accessibility import statement
from idp.pages.explanations import ERROR_ACTIONS
from idp.pages.languages import EASY
from idp.pages.licences import components
from idp.pages.render import Pages, TenantView, error_context
from idp.passwords.rules import Fault
from idp.tenants.tenant_settings import Office
from idp.web.web_help import TOPICS, template_of

State = tuple[str, str, Mapping[str, object]]
"""(name of the page and its state, template, context)."""

LINK = "http://localhost:8000/t/aoba/card/AAECAwQFBgcICQoLDA0ODw"
CARD: Mapping[str, object] = {
    "service_name": "青葉市立図書館 予約サービス",
    "purpose": "本の予約のため",
    "items": (),
    "attributes": (),
    "link": LINK,
    "link_qr": LINK.replace("AAEC", "QAEC"),
    "link_agent": LINK.replace("http", "jpki-login", 1),
    "tray_url": f"http://localhost:8003/?link={LINK}",
    "browser_url": None,
    "no_certificate": False,
    "at_terminal": False,
    "first_done": False,
    "password_url": None,
    "passkey_url": None,
    "company_url": None,
    "staff_url": None,
    "phone_url": "http://localhost:8000/t/aoba/login/x/phone",
    "app_url": f"http://localhost:8003/phone?link={LINK}",
    "seconds_left": 840,
    "extend_url": "http://localhost:8000/t/aoba/login/x/extend",
    "beside": False,
    "guessed": False,
    "developer_command": f"idp-card login {LINK} --dev",
    "state": "waiting",
    "refusal": None,
    "days_past": None,
    "next_try": None,
    "leave_url": "http://localhost:8000/t/aoba/login/x/leave",
    "step_up": None,
    "by_agent": False,
    "computer_url": "http://localhost:8000/t/aoba/login/x/computer",
    "shared": False,
    "own": False,
    "everywhere": False,
}
PHONE: Mapping[str, object] = {
    **{name: CARD[name] for name in ("service_name", "purpose", "items", "attributes", "link", "link_qr")},
    **{name: CARD[name] for name in ("state", "refusal", "guessed")},
    **{name: CARD[name] for name in ("seconds_left", "extend_url", "leave_url", "days_past", "next_try")},
    "scanned": False,
    "qr_url": "/t/aoba/login/x/qr.svg",
    "qr_seconds": 117,
    "renew_url": "http://localhost:8000/t/aoba/login/x/qr",
    "card_page_url": "http://localhost:8000/t/aoba/login/x",
    "stand_in_url": f"http://localhost:8003/phone?link={LINK}",
}
CODE: Mapping[str, object] = {
    "service_name": CARD["service_name"],
    "state": "code",
    "code_url": "http://localhost:8000/t/aoba/login/x/code",
    "more_url": "http://localhost:8000/t/aoba/login/x/more-time",
    "seconds_left": 48,
    "tries": 0,
    "not_a_code": False,
    "leave_url": CARD["leave_url"],
}
CONSENT: Mapping[str, object] = {
    "service_name": "青葉市立図書館 予約サービス",
    "purpose": "本の予約のため",
    "action_url": "http://localhost:8000/t/aoba/login/x/consent",
    "resources": [],
    "lasting_days": 0,
    "begins_anew": False,
    "sector_note": None,
    "sector_purpose": "",
    "transaction": [("form", "AAECAwQFBgcICQoLDA0ODw")],
    "attributes": None,
    "organization": None,
    "with_card": True,
    "shared": False,
    "everywhere": False,
    "unreviewed": None,
    "pages": [],
    "acting": None,
}
PASSWORD: Mapping[str, object] = {
    "service_name": CARD["service_name"],
    "action_url": "http://localhost:8000/t/aoba/login/x/password",
    "other_url": "http://localhost:8000/t/aoba/login/x/password/change",
    "form_kind": "sign_in",
    "told": "",
    "fault": None,
    "minutes": 0,
    "sign_in_id": "",
    "passkey_url": None,
    "card_url": "http://localhost:8000/t/aoba/login/x",
    "account_url": None,
    "leave_url": CARD["leave_url"],
}
PASSKEY: Mapping[str, object] = {
    **{name: PASSWORD[name] for name in ("service_name", "card_url", "leave_url")},
    "action_url": "http://localhost:8000/t/aoba/login/x/passkey",
    "options": '{"challenge": "AAECAwQFBgcICQoLDA0ODw", "rpId": "localhost", "userVerification": "required"}',
    "failed": False,
    "for_residents": True,
    "password_url": None,
}
SIGN_OUT: Mapping[str, object] = {
    "services": ["青葉市立図書館 予約サービス"],
    "others": [],
    "action_url": "http://localhost:8000/t/aoba/logout/decision",
    "sealed": "AAECAwQFBgcICQoLDA0ODw",
    "can_stay": True,
}
SIGNED_OUT: Mapping[str, object] = {
    "ended": True,
    "services": [("就学手続", "waiting"), ("子育て", "told"), ("給食", "front"), ("学童保育", "by_hand")],
    "state": "1",
    "frames": ["http://localhost:8002/front?iss=x&sid=y"],
    "return_url": "http://localhost:8001/signed-out",
    "return_name": "青葉市立図書館 予約サービス",
}
RETURN: Mapping[str, object] = {
    "service_name": CARD["service_name"],
    "url": "http://localhost:8000/t/aoba/back",
    "fields": None,
    "acting": None,
}
_AGE: Mapping[str, object] = {"items": ("name", "age_over_20"), "attributes": ("name", "birthdate")}
QUESTION: Mapping[str, object] = {
    "service_name": "青葉市立図書館 予約サービス",
    "question_url": "http://localhost:8000/t/aoba/login/x/person",
    "transaction": [("form", "AAECAwQFBgcICQoLDA0ODw")],
}
LANGUAGE_LINKS = [
    ("ja", "日本語", "?lang=ja"),
    ("ja-simple", "やさしい日本語", "?lang=ja-simple"),
    ("en", "English", "?lang=en"),
]
OFFICE = Office(
    desk="市民課 1階2番窓口",
    telephone="000-000-0000",
    hours="平日 8時30分～17時15分",
    bring="マイナンバーカードと本人確認の書類",
    paper="申請書を郵送してください。",
    lost="000-111-2222（24時間）",
)
TENANT = TenantView(
    name="青葉市（見本）",
    crest="青",
    sandbox=True,
    stylesheet_url="/t/aoba/static/tenant.css",
    static_url="/t/aoba/static",
    contact="市民課",
    help_url="/t/aoba/help",
    office=OFFICE,
)
NO_OFFICE = "no office"
"""End of the names of states at a municipality that stated none."""
COUNTER = "counter, "
"""Begin of the names of states at a counter."""
RESULTS: Mapping[str, object] = {
    "figures": {
        **{
            "date": "2026-11-26",
            "axe": "4.10.2",
            "browser": "Chromium 140",
            "states": 60,
            "screens": 3,
            "runs": 540,
        },
        **{"violations": 0, "undecided": 12, "keyboard": 20, "zoom": 180},
    },
    "checked": ["1.1.1", "2.1.1", "4.1.2"],
}


def every_state() -> Iterator[State]:
    """Every page in every state."""
    for state in ("waiting", "scanned", "declined", "expired"):
        yield f"card {state}", "card.html", {**CARD, "state": state}
    yield "card, wrong digits", "card.html", {**CARD, "state": "expired", "guessed": True}
    without_codes = {**CARD, "beside": True, "link_qr": None, "phone_url": None, "extend_url": None}
    yield "card, another one without codes", "card.html", without_codes
    yield "phone", "phone.html", PHONE
    yield (
        "phone scanned",
        "phone.html",
        {
            **PHONE,
            "state": "scanned",
            "scanned": True,
            "qr_url": None,
            "items": ("name",),
            "attributes": ("name",),
        },
    )
    refused = {"state": "refused", "refusal": "certificate_revoked", "scanned": True, "qr_url": None}
    yield "phone refused", "phone.html", {**PHONE, **refused, "extend_url": None, "stand_in_url": None}
    yield "code", "code.html", CODE
    yield "code, wrong", "code.html", {**CODE, "tries": 2, "more_url": None}
    yield "code, not one", "code.html", {**CODE, "not_a_code": True}
    yield "accepted", "code.html", {**CODE, "state": "accepted"}
    yield "accepted without a code", "code.html", {**CODE, "state": "accepted", "code_url": None}
    production = {
        "tray_url": None,
        "developer_command": None,
        "purpose": "",
        **_AGE,
    }
    yield "card in production", "card.html", {**CARD, **production}
    by_browser = {
        **CARD,
        "browser_url": LINK.replace("http://localhost:8000/t/aoba/card", "https://card.test/t/aoba/tls-card"),
    }
    yield "card by browser", "card.html", by_browser
    yield "card by browser, no certificate", "card.html", {**by_browser, "no_certificate": True}
    for code in [*Reason, "code_of_tomorrow"]:
        yield f"refused {code}", "card.html", {**CARD, "state": "refused", "refusal": str(code)}
    days = {"refusal": "certificate_expired", "days_past": 12}
    yield "refused certificate_expired, days", "card.html", {**CARD, "state": "refused", **days}
    later = {"refusal": "revocation_unavailable", "next_try": "09:31"}
    yield "refused revocation_unavailable, time", "card.html", {**CARD, "state": "refused", **later}
    for why in Why:
        yield f"step-up {why}", "card.html", {**CARD, "step_up": str(why), "everywhere": why is Why.LEVEL}
    yield "card, shared computer", "card.html", {**CARD, "shared": True}
    yield "sign-out", "sign_out.html", SIGN_OUT
    unnamed = {"services": [], "others": ["就学手続", "子育て"], "can_stay": False}
    yield "sign-out, unnamed", "sign_out.html", {**SIGN_OUT, **unnamed}
    yield "signed-out, being told", "signed_out.html", SIGNED_OUT
    alone: dict[str, object] = {"services": [], "frames": [], "return_url": None}
    yield "signed-out", "signed_out.html", {**SIGNED_OUT, **alone}
    yield "signed-out, nobody", "signed_out.html", {**SIGNED_OUT, **alone, "ended": False}
    yield "consent", "consent.html", CONSENT
    yield "consent, unreviewed", "consent.html", {**CONSENT, "purpose": "", "unreviewed": ["yoyaku.example.jp"]}
    pages = [("about", "https://a.example/"), ("policy", "https://a.example/p"), ("terms", "https://a.example/t")]
    yield "consent, with pages", "consent.html", {**CONSENT, "pages": pages}
    everywhere = {**CONSENT, "shared": True, "everywhere": True}
    yield "consent, everywhere", "consent.html", everywhere
    yield (
        "consent, shared",
        "consent.html",
        {
            **CONSENT,
            "sector_note": ["就学手続", "子育て"],
            "resources": [("予約の受付", ""), ("蔵書の案内", "青葉市立図書館")],
            "lasting_days": 30,
            "begins_anew": True,
            "sector_purpose": "続けて手続するため",
            "purpose": "",
            "attributes": ALL_FOUR,
        },
    )
    for name, view in ATTRIBUTES.items():
        yield f"consent, {name}", "consent.html", {**CONSENT, "attributes": view}
    all_four = [str(answer) for answer in Answer]
    yield "question, unknown", "question.html", {**QUESTION, "told": "unknown", "answers": all_four}
    after_digits = [str(answer) for answer in AFTER_DIGITS]
    yield "question, after digits", "question.html", {**QUESTION, "told": "", "answers": after_digits}
    yield "question code, wrong", "question_code.html", {**QUESTION, "wrong": True}
    yield f"question counter, {NO_OFFICE}", "question_counter.html", {**QUESTION, "spoken": "7K3Q-9F0M"}
    for kind in ERROR_ACTIONS:
        yield f"error {kind}", "error.html", error_context(kind, leave_url="/back")
    developer_url = "http://localhost:8000/t/aoba/developer#unknown_client"
    yield "error, sandbox", "error.html", error_context("unknown_client", developer_url=developer_url)
    yield "error without a way back", "error.html", error_context("internal")
    yield "link help", "link_help.html", {}
    yield "return", "return.html", RETURN
    yield "return by form", "return.html", {**RETURN, "fields": [("code", "abc"), ("state", "x")]}
    yield from signing_states(CARD, CONSENT)
    yield from agent_states(CARD, CONSENT, RETURN)
    yield from _passwords()
    yield from _at_a_counter()
    yield "card, own pages", "card.html", {**CARD, "service_name": "マイページ", "own": True}
    yield from my_states()
    yield from receipt_states()
    yield from organization_states(CARD, CONSENT, PASSWORD, PASSKEY)
    yield f"refused, {NO_OFFICE}", "card.html", {**CARD, "state": "refused", "refusal": "certificate_expired"}
    yield f"error, {NO_OFFICE}", "error.html", error_context("internal")
    for topic in TOPICS:
        yield f"help {topic}", template_of(topic), _help(topic)
    for seconds in (0, 30 * 24 * 3600):
        yield f"help privacy, {seconds}", template_of("privacy"), {**_help("privacy"), "released_seconds": seconds}


def _passwords() -> Iterator[State]:
    """An ID with its password, and what can be wrong with them."""
    others = {name: f"http://localhost:8000/t/aoba/login/x/{name}" for name in ("password", "passkey")}
    yield "card, in other ways", "card.html", {**CARD, **{f"{name}_url": url for name, url in others.items()}}
    yield "card, second of two", "card.html", {**CARD, "first_done": True}
    yield "password", "password.html", PASSWORD
    yield "passkey", "passkey.html", {**PASSKEY, "failed": True}
    yield from account_states(PASSWORD)
    both = {"card_url": None, "passkey_url": others["passkey"]}
    yield "password, first of two", "password.html", {**PASSWORD, **both}
    yield (
        "passkey, first of two",
        "passkey.html",
        {**PASSKEY, "card_url": None, "password_url": others["password"]},
    )
    typed = {**PASSWORD, "sign_in_id": "7K3Q-9F0M"}
    yield "password, wrong", "password.html", {**typed, "told": "wrong"}
    yield "password, wait", "password.html", {**typed, "told": "wait", "minutes": 14}
    choosing = {**typed, "form_kind": "change"}
    yield "password, first one", "password.html", {**choosing, "told": "choose"}
    for fault in Fault:
        yield f"password, {fault}", "password.html", {**choosing, "told": "fault", "fault": fault}


def _at_a_counter() -> Iterator[State]:
    """In large type, with a line for the staff."""
    taken = {**CARD, "at_terminal": True, "link_qr": None, "phone_url": None}
    yield f"{COUNTER}card waiting", "card.html", taken
    yield f"{COUNTER}card expired", "card.html", {**taken, "state": "expired"}
    yield f"{COUNTER}accepted", "code.html", {**CODE, "state": "accepted", "code_url": None}
    for code in (Reason.CERTIFICATE_REVOKED, Reason.LEVEL_INSUFFICIENT, Reason.REVOCATION_UNAVAILABLE):
        yield f"{COUNTER}refused {code}", "card.html", {**taken, "state": "refused", "refusal": str(code)}
    yield f"{COUNTER}consent", "consent.html", CONSENT
    shared = {"sector_note": ["就学手続", "子育て"], "sector_purpose": "続けて手続するため"}
    yield f"{COUNTER}consent, shared", "consent.html", {**CONSENT, **shared}
    yield f"{COUNTER}return", "return.html", RETURN
    yield f"{COUNTER}error already_finished", "error.html", error_context("already_finished")


def _help(topic: str) -> Mapping[str, object]:
    stated: dict[str, object] = {
        "topic": topic,
        "released_seconds": 660,
        "usual_minutes": 11,
        "topics": [(name, f"/t/aoba/help{path}") for name, path in TOPICS.items()],
    }
    return stated | {"statement": statement(RESULTS), "components": components()}


def shown(pages: Pages, state: State, language: str, *, furigana: bool = True) -> str:
    """The page of a state as HTML."""
    _, template, context = state
    link = ("ふりがなを消す", "?furigana=off") if language == EASY else None
    return pages.render(
        template,
        language=language,
        tenant=replace(TENANT, office=Office()) if state[0].endswith(NO_OFFICE) else TENANT,
        language_links=LANGUAGE_LINKS,
        furigana=furigana,
        furigana_link=link,
        reference="0a1b2c3d",
        counter=state[0].startswith(COUNTER),
        **context,
    )
