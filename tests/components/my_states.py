"""Every state of the resident's own pages, with the context that each is given."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from components.my_agent_states import my_agent_states

from idp.japan import JAPAN
from idp.jpki.profile import Device
from idp.login.sign_ins import SignIn
from idp.my import calendar
from idp.my.certificates import Lasting
from idp.my.view import Service, Shown
from idp.my.web import PAGES
from idp.my.web_certificate import shown
from idp.my.when import WAYS, When
from idp.signature_status.status import Status

State = tuple[str, str, Mapping[str, object]]

ROOT = "/t/aoba/my"
FORM = "00112233445566778899aabbccddeeff"
THEN = When(2026, 11, 26, "14:05")
DAY = When(2025, 12, 1)


def _made(year: int, month: int, count: int) -> list[SignIn]:
    at = int(datetime(year, month, 3, 9, 30, tzinfo=JAPAN).timestamp())
    return [SignIn(at=at, login="x", acr="aal3", amr="hwk sc pin mfa") for _ in range(count)]


YEAR = calendar.year_of(
    [*_made(2026, 11, 4), *_made(2026, 9, 1), *_made(2026, 4, 31), *_made(2026, 1, 7)], date(2026, 11, 26)
)
NO_YEAR = calendar.year_of([], date(2026, 11, 26))
LIBRARY = "青葉市立図書館 予約サービス"
VISITS = [Shown(THEN, way, "Windows, Edge", LIBRARY if turn % 2 else "", ()) for turn, way in enumerate(WAYS)]
VISITS.append(Shown(THEN, "card", "", LIBRARY, ("name", "address")))
BODY = {
    "made_at": "2026-11-26T14:05:00+09:00",
    "services": [
        {
            "name": LIBRARY, "number": "a" * 43, "since": "2025-12-01", "agreed_to": ["name"],
            "agreed_on": "2025-12-01", "user_number": "0012345", "may_come_back_until": "2026-12-26",
            "values": {"name": "髙橋　花子"},
            "signature_certificate": {
                "status": "revoked", "reason": "affiliationChanged", "checked_at": "2026-11-26T14:05:00+09:00",
            },
            "signed": [
                {
                    "for": "basic4", "at": "2026-11-26T14:05:00+09:00",
                    "statement": "青葉市（見本）に同意します。\n項目：氏名",
                    "certificate": "1a2b", "kept_until": "2031-11-26",
                }
            ],
            "sign_ins": [{"at": "2026-11-26", "way": "card", "browser": "Linux", "handed_over": ["name"]}],
        }
    ],
    "own_page_sign_ins": [{"at": "2026-11-26", "way": "phone", "browser": None}],
    "certificates": [{"serial": "1a2b", "ends_at": "2030-02-17", "person_known_since": "2025-12-01"}],
    "transfer_code_out": True,
    "resident_code_chosen": False,
    "password": {"id": "7K3Q-9F0M", "given_out": "certificate", "on": "2026-11-26", "assurance": "ial3"},
    "passkeys": [{"made_on": "2026-11-26"}],
    "agents_for_me": [
        {"called": "長男", "basis": "mandate", "state": "live", "services": ["library"], "since": "2026-11-26",
         "until": "2027-05-27", "logins_by_month": {"2026-11": {"library": 2}}}
    ],
    "people_i_act_for": [
        {"called": None, "basis": "parent", "state": "live", "services": [], "since": "2026-11-26",
         "until": "2034-04-01", "logins_by_month": {}}
    ],
    "open_logins": [{"since": None, "until": "2026-12-26"}],
}  # fmt: skip


def _within(at: str) -> dict[str, object]:
    links = [(name, ROOT if name == "home" else f"{ROOT}/{name}") for name in PAGES]
    return {"my": {"at": at, "links": links, "closes": "14:35", "sign_out_url": f"{ROOT}/sign-out"}}


def my_states() -> Iterator[State]:
    """Every page in every state."""
    for again in (False, True):
        door = {"again": again, "to": "/my/data", "action_url": f"{ROOT}/sign-in"}
        yield f"my door{', again' if again else ''}", "my/door.html", door
    yield from _services()
    for done in ("stopped", "transfer_made", "transfer_cancelled", "code_chosen", "code_given_up"):
        code = "7K3Q-9F0M-2ABC" if done == "transfer_made" else None
        yield (
            f"my done {done}",
            "my/done.html",
            {**_within("codes"), "done": done, "service_name": LIBRARY, "code": code},
        )
    history = {**_within("history"), "dispute_url": f"{ROOT}/history/not-me"}
    yield "my history", "my/history.html", {**history, "visits": VISITS, "kept_months": 12}
    yield "my history, empty", "my/history.html", {**history, "visits": [], "kept_months": 0}
    not_me = {"action_url": f"{ROOT}/history/not-me", "form": FORM, "back_url": f"{ROOT}/history"}
    named = [(FORM[:-1] + str(turn), visit) for turn, visit in enumerate(VISITS[:3])]
    yield "my not me", "my/not_me.html", {**_within("history"), **not_me, "visits": named}
    yield "my disputed", "my/disputed.html", {"home_url": ROOT}
    yield "my disputed, no office", "my/disputed.html", {"home_url": ROOT}
    yield from _sessions()
    yield from _certificates()
    yield from _codes()
    yield from _ways()
    yield from my_agent_states()
    yield "my data", "my/data.html", {**_within("data"), "action_url": f"{ROOT}/data", "form": FORM}
    yield "my data file", "my/data_file.html", {"body": BODY}
    leaving = {**_within("leaving"), "sure_url": f"{ROOT}/leaving/sure"}
    yield "my leaving", "my/leaving.html", {**leaving, "services": [LIBRARY, "子育て"]}
    for missing in (False, True):
        sure = {"missing": missing, "action_url": f"{ROOT}/leaving/sure", "form": FORM, "back_url": ROOT}
        yield (
            f"my leaving sure{', missing' if missing else ''}",
            "my/leaving_sure.html",
            {**_within("leaving"), **sure},
        )
    yield "my sign out", "my/sign_out.html", {**_within(""), "action_url": f"{ROOT}/sign-out", "form": FORM}
    for over in ("signed_out", "all", "left"):
        yield f"my over {over}", "my/over.html", {"over": over, "home_url": ROOT}


def _ways() -> Iterator[State]:
    ways = {
        **_within("ways"),
        **{
            "done": "",
            "passwords": True,
            "offers_passkeys": True,
            "sign_in_id": None,
            "passkeys": [],
            "more": True,
        },
        **{f"{name}_url": f"{ROOT}/ways/{name}" for name in ("password", "passkey", "remove")},
        "form": FORM,
    }
    yield "my ways, none", "my/ways.html", ways
    made = {"sign_in_id": "7K3Q-9F0M", "passkeys": [(FORM, DAY), (FORM[:-1], THEN)], "more": False}
    for done in ("password", "passkey", "removed"):
        yield f"my ways, {done}", "my/ways.html", {**ways, **made, "done": done}
    off = {"passwords": False, "offers_passkeys": False}
    yield "my ways, switched off", "my/ways.html", {**ways, **off}
    password = {**_within("ways"), "fault": None, "action_url": f"{ROOT}/ways/password", "form": FORM}
    yield "my ways password", "my/ways_password.html", {**password, "sign_in_id": None}
    again = {"sign_in_id": "7K3Q-9F0M", "fault": "short"}
    yield "my ways password, fault", "my/ways_password.html", {**password, **again}
    passkey = {**_within("ways"), "action_url": f"{ROOT}/ways/passkey", "form": FORM, "options": "{}"}
    yield "my ways passkey", "my/ways_passkey.html", {**passkey, "failed": True}


def _services() -> Iterator[State]:
    listed = [
        Service(LIBRARY, f"{ROOT}/services/library", THEN, 12, ("name", "address")),
        Service("子育て", f"{ROOT}/services/childcare", None, 0, ()),
    ]
    home = {**_within("home"), "services": listed, "last": VISITS[-1], "year": YEAR, "kept_months": 12}
    yield "my home", "my/home.html", home
    empty = {"services": [], "last": None, "year": NO_YEAR, "kept_months": 0}
    yield "my home, empty", "my/home.html", {**home, **empty}
    service = {
        **_within("home"),
        "service_name": LIBRARY,
        "purpose": "本の予約のため",
        "closed": False,
        "number": "uCI4_tGpW9cB2yXhYl0QpZr1sVn7aKdEo3TqLmJf5Hw",
        "since": DAY,
        "agreed": DAY,
        "attributes": ("name", "address"),
        "sharing": [],
        "user_number": "0012345",
        "lasting": THEN,
        "year": YEAR,
        "visits": VISITS,
        "kept_months": 12,
        "consent_url": f"{ROOT}/services/library/consent",
        "stop_url": f"{ROOT}/services/library/stop",
    }
    yield "my service", "my/service.html", service
    bare = {"purpose": "", "closed": True, "agreed": None, "attributes": (), "sharing": ["就学手続"]}
    bare |= {"user_number": None, "lasting": None, "visits": [], "consent_url": None}
    yield "my service, closed", "my/service.html", {**service, **bare}
    consent = {
        **_within("home"),
        "taken": "",
        "service_name": LIBRARY,
        "since": DAY,
        "items": [("name", False), ("address", True), ("age_over_20", False)],
        "declined": ["gender"],
        "withdrawn": False,
        "latest_until": None,
        "action_url": f"{ROOT}/services/library/consent",
        "form": FORM,
        "back_url": f"{ROOT}/services/library",
    }
    yield "my consent", "my/consent.html", consent
    yield "my consent, item taken", "my/consent.html", {**consent, "taken": "item", "declined": []}
    yield "my consent, latest", "my/consent.html", {**consent, "latest_until": DAY}
    yield "my consent, latest taken", "my/consent.html", {**consent, "taken": "latest"}
    yield "my consent, all taken", "my/consent.html", {**consent, "taken": "all", "withdrawn": True}
    stop = {
        **_within("home"),
        "service_name": LIBRARY,
        "number_ends": True,
        "sharing": [],
        "user_number": True,
        "action_url": f"{ROOT}/services/library/stop",
        "form": FORM,
        "back_url": f"{ROOT}/services/library",
    }
    yield "my stop", "my/stop.html", stop
    stays = {"number_ends": False, "sharing": ["就学手続"], "user_number": False}
    yield "my stop, number stays", "my/stop.html", {**stop, **stays}


def _sessions() -> Iterator[State]:
    one = {
        "mark": FORM, "services": [LIBRARY], "own": False, "lasting": False, "browser": "Windows, Edge",
        "way": "card", "since": THEN, "until": THEN, "this": False,
    }  # fmt: skip
    own = {**one, "mark": FORM[::-1], "services": [], "own": True, "this": True, "browser": ""}
    lasting = {**one, "mark": "lasting", "lasting": True, "since": None, "way": ""}
    context = {**_within("sessions"), "action_url": f"{ROOT}/sessions", "form": FORM}
    yield "my sessions", "my/sessions.html", {**context, "ended": None, "sessions": [own, one, lasting]}
    for ended in ("one", "none"):
        yield f"my sessions, ended {ended}", "my/sessions.html", {**context, "ended": ended, "sessions": [own]}


def _certificates() -> Iterator[State]:
    def certificate(device: Device | None, days: int, *, this: bool = True) -> dict[str, object]:
        soon = days < 90
        return shown(Lasting(device, date(2030, 2, 17), days, date(2029, 11, 17), renewable=soon, this=this))

    context = {**_within("certificate"), "checked": THEN, "signature": None}
    others = [certificate(None, 400, this=False), certificate(None, -3, this=False)]
    yield (
        "my certificate",
        "my/certificate.html",
        {**context, "this": certificate(Device.CARD, 1179), "others": others},
    )
    for signature in ("moved", *map(str, Status)):
        yield (
            f"my certificate, signature {signature}",
            "my/certificate.html",
            {**context, "this": certificate(Device.CARD, 1179), "others": [], "signature": signature},
        )
    for device in (Device.CARD, Device.PHONE):
        yield (
            f"my certificate, {device} soon over",
            "my/certificate.html",
            {**context, "this": certificate(device, 41), "others": []},
        )
    yield "my certificate, unknown", "my/certificate.html", {**context, "this": None, "others": []}


def _codes() -> Iterator[State]:
    urls = {"transfer_url": f"{ROOT}/codes/transfer", "resident_url": f"{ROOT}/codes/resident"}
    for there in (True, False):
        end = "" if there else ", none"
        both = {**_within("codes"), **urls, "transfer_out": there, "has_one": there}
        yield f"my codes{end}", "my/codes.html", both
        transfer = {"transfer_out": there, "days": 7, "action_url": urls["transfer_url"], "form": FORM}
        yield f"my transfer{end}", "my/transfer.html", {**_within("codes"), **transfer}
        code = {"has_one": there, "problem": there, "action_url": urls["resident_url"], "form": FORM}
        yield f"my resident code{end}", "my/resident_code.html", {**_within("codes"), **code}
