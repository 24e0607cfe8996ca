"""Every state of the pages on which somebody without a card asks for an ID, with the context of each."""

from collections.abc import Iterator, Mapping

from components.my_states import DAY

State = tuple[str, str, Mapping[str, object]]

URL = "http://localhost:8000/t/aoba/account"
LONGEST = {"name": 100, "address": 200, "born": 40}
FORM: Mapping[str, object] = {
    "action_url": URL,
    "online_url": f"{URL}/online",
    "told": "",
    "minutes": 0,
    "written": dict.fromkeys(LONGEST, ""),
    "longest": LONGEST,
}
WRITTEN = {"name": "高橋　花子", "address": "", "born": "昭和60年6月15日"}
ONLINE: Mapping[str, object] = {"action_url": f"{URL}/online", "letter_url": URL, "told": "", "minutes": 0}
DONE: Mapping[str, object] = {"sign_in_id": "7K3Q-9F0M", "number": None, "until": None}


def account_states(password: Mapping[str, object]) -> Iterator[State]:
    """The forms, what can be wrong, and what is shown once."""
    yield "password, no ID yet", "password.html", {**password, "account_url": URL}
    yield "account", "account.html", FORM
    for told in ("missing", "wait", "full"):
        yield f"account, {told}", "account.html", {**FORM, "told": told, "minutes": 14, "written": WRITTEN}
    yield "account, at once", "account_online.html", ONLINE
    for told in ("wait", "common"):
        yield f"account, at once, {told}", "account_online.html", {**ONLINE, "told": told, "minutes": 14}
    yield "account, asked for", "account_done.html", {**DONE, "number": "1234-5678-9014", "until": DAY}
    yield "account, made", "account_done.html", DONE
