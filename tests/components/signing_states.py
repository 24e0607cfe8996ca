"""The states of the pages on which a statement is signed, each with the context that it is given."""

from collections.abc import Iterator, Mapping
from itertools import cycle

from idp.consent_signing.statement import Purpose
from idp.pages.explanations import OF_A_SIGNATURE

Context = Mapping[str, object]


def signing_states(card: Context, consent: Context) -> Iterator[tuple[str, str, Context]]:
    """Where a statement is signed, and where one comes back to who did not sign.

    `card` and `consent`: the contexts of those pages in the same login.
    """
    sign = {
        **{name: value for name, value in card.items() if name not in ("beside", "guessed", "link_qr", "shared")},
        "phone_url": None,
        "statement": "青葉市（見本）の「補助金の申請」に、次の項目を渡すことに同意します。\n項目：氏名、住所",
        "signed_for": "basic4",
        "signing": True,
    }
    yield "sign", "sign.html", sign
    yield "sign expired", "sign.html", {**sign, "state": "expired"}
    refused = {**sign, "tray_url": None, "developer_command": None, "extend_url": None, "state": "refused"}
    for code, purpose in zip(OF_A_SIGNATURE, cycle(Purpose), strict=False):
        yield f"sign refused {code}", "sign.html", {**refused, "refusal": str(code), "signed_for": str(purpose)}
    signature = {
        "service_name": card["service_name"],
        "signed_for": "signature",
        "required": False,
        "action_url": "http://localhost:8000/t/aoba/login/x/signature",
        "consent_url": consent["action_url"],
        "transaction": consent["transaction"],
    }
    yield "signature", "signature.html", signature
    yield "signature, required", "signature.html", {**signature, "required": True}
    for words in ("latest", "moved"):
        yield f"signature, {words}", "signature.html", {**signature, "signed_for": f"signature.{words}"}
    unsigned = {**signature, "signed_for": "application"}
    yield "application", "signature.html", unsigned
    yield "application, required", "signature.html", {**unsigned, "required": True}
