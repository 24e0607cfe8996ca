"""Every state of the page where what was handed in without signing in is asked for, with the context of each."""

from collections.abc import Iterator, Mapping

from components.my_states import DAY

from idp.receipts.receipt import State as Stage

State = tuple[str, str, Mapping[str, object]]

URL = "http://localhost:8000/t/aoba/receipts"
FORM: Mapping[str, object] = {"action_url": URL, "told": "", "minutes": 0, "arrival_number": ""}
RECEIPT: Mapping[str, object] = {
    "arrival_number": "1234-5678-9014",
    "procedure_name": "都市計画への意見の提出",
    "state": "action_needed",
    "states": [str(state) for state in Stage],
    "since": DAY,
    "note": "図面をもう一度お送りください。",
    "service_name": "青葉市 まちづくり意見箱",
    "service_url": "http://localhost:8001/signed-out",
    "kept_until": DAY,
    "again_url": URL,
}


def receipt_states() -> Iterator[State]:
    """The form, what can be wrong, and an answer; other answers differ by one heading."""
    typed = {**FORM, "arrival_number": RECEIPT["arrival_number"]}
    yield "receipts", "receipts.html", FORM
    yield "receipts, wrong", "receipts.html", {**typed, "told": "wrong"}
    yield "receipts, wait", "receipts.html", {**typed, "told": "wait", "minutes": 14}
    yield "receipt", "receipt.html", RECEIPT
