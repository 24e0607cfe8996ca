"""What the phone stand-in says, in Japanese and English."""

from collections.abc import Mapping

LANGUAGES = {"ja": "日本語", "en": "English"}

TEXTS: Mapping[str, Mapping[str, str]] = {
    "ja": {
        "title": "見本スマートフォン",
        "ribbon": "見本・本物のマイナンバーカードは使えません",
        "languages": "言語を選ぶ",
        "scan": "二次元コードを読み取る",
        "scan_lead": "カメラの代わりに、ログインの画面にあるアドレスを貼り付けます。",
        "link": "読み取ったアドレス",
        "holder": "だれのスマートフォンですか",
        "no_phones": "電子証明書の入ったスマートフォンを持つ人がいません。",
        "open": "読み取る",
        "no_link": "ログインの画面のアドレスではないか、スマートフォンが選ばれていません。",
        "ask": "ログインしますか",
        "ask_lead": "ご自分で開いた画面かどうかを確かめてください。",
        "tenant": "市区町村",
        "service": "サービス",
        "purpose": "目的",
        "host": "接続先",
        "cross": "別の画面でのログインです。終わると6桁の番号が出ます。番号は、ご自分で開いた画面だけに入力してください。",
        "no_attributes": "かざしたカードから、氏名などを読み取れません。ログインの画面で二次元コードを選ぶと、渡さずに進めます。",
        "attributes": "このサービスは、氏名などの読み取りも求めています。見本では、かざしたカードから自動で読み取ります。",
        "pin": "スマートフォンの利用者証明用電子証明書の暗証番号（数字4桁）",
        "hint": "見本の暗証番号",
        "sign": "暗証番号を確かめて進む",
        "decline": "やめる",
        "pin_incorrect": "暗証番号が違います。残りの回数",
        "pin_blocked": "暗証番号がロックされています。",
        "pin_malformed": "数字4桁で入力してください。回数は減っていません。",
        "digits": "この番号を、ログインの画面に入力してください",
        "digits_lead": "60秒以内に入力してください。人に聞かれても、伝えないでください。",
        "back": "ブラウザで続けてください",
        "back_lead": "アプリがブラウザを開きます。見本では、次のボタンを押してください。",
        "go_on": "ブラウザで続ける",
        "stuck": "ブラウザが進まない",
        "stuck_lead": "ログインの画面に、この番号を入力してください。",
        "refused": "ログインできませんでした",
        "declined": "ログインを取りやめました",
        "unreachable": "ログインの画面と通信できませんでした",
        "bad_request": "この操作はできません",
        "again": "はじめに戻る",
    },
    "en": {
        "title": "Sample smartphone",
        "ribbon": "Sample only: real My Number Cards do not work here. 見本・本物のマイナンバーカードは使えません",
        "languages": "Choose a language",
        "scan": "Scan a QR code",
        "scan_lead": "Instead of a camera: paste the address that the login page shows.",
        "link": "Scanned address",
        "holder": "Whose smartphone is this?",
        "no_phones": "Nobody has a smartphone with a certificate.",
        "open": "Scan",
        "no_link": "This is not the address of a login page, or no smartphone was chosen.",
        "ask": "Do you want to log in?",
        "ask_lead": "Make sure that you opened the login page yourself.",
        "tenant": "Municipality",
        "service": "Service",
        "purpose": "Purpose",
        "host": "Connected to",
        "cross": "You log in on another screen. Afterwards 6 digits appear here. Enter them only on a page that you opened.",
        "no_attributes": "Name or address cannot be read from the card. Choose the QR code on the login page to go on without them.",
        "attributes": "This service asks for name or address as well. The sample reads them from a card held to the phone.",
        "pin": "PIN of the user certificate in the smartphone (4 digits)",
        "hint": "Sample PIN",
        "sign": "Check the PIN and go on",
        "decline": "Cancel",
        "pin_incorrect": "The PIN is wrong. Tries left",
        "pin_blocked": "The PIN is locked.",
        "pin_malformed": "Enter 4 digits. No try was used up.",
        "digits": "Enter these digits on the login page",
        "digits_lead": "Enter them within 60 seconds. Tell them to nobody who asks.",
        "back": "Go on in your browser",
        "back_lead": "An app would open the browser now. In this sample, press the button.",
        "go_on": "Go on in the browser",
        "stuck": "The browser did not go on",
        "stuck_lead": "Enter these digits on the login page.",
        "refused": "Logging in was not possible",
        "declined": "The login was cancelled",
        "unreachable": "The login page did not answer",
        "bad_request": "This is not possible",
        "again": "Back to the start",
    },
}

_REFUSALS: Mapping[str, tuple[str, str]] = {
    "certificate_expired": ("電子証明書の有効期限が切れています。", "The certificate has expired."),
    "certificate_revoked": ("電子証明書は失効しています。", "The certificate is no longer valid."),
    "certificate_type_not_accepted": (
        "このサービスでは、スマートフォンの電子証明書を使えません。",
        "This service does not take the certificate of a smartphone.",
    ),
    "level_insufficient": ("このサービスでは使えない方法です。", "This service requires another way to log in."),
    "already_used": (
        "このコードは、すでに読み取られたか使われました。",
        "This code was scanned or used already.",
    ),
    "declined": ("このログインは取りやめられました。", "This login was cancelled."),
    "expired": (
        "コードの時間が切れました。新しいコードを読み取ってください。",
        "The code is too old. Scan a new one.",
    ),
    "not_found": ("このログインはありません。", "There is no such login."),
    "rate_limited": (
        "回数が多すぎます。新しいコードを読み取ってください。",
        "Too many attempts. Scan a new code.",
    ),
}
_OTHER = ("ログインの画面で理由を確かめてください。", "The login page says why.")


def refusal_text(language: str, code: str) -> str:
    """One sentence for a refusal of the card login protocol, section 7."""
    return _REFUSALS.get(code, _OTHER)[0 if language == "ja" else 1]
