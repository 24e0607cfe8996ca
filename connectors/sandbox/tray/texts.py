"""What the card tray says, in Japanese and English."""

from collections.abc import Mapping

LANGUAGES = {"ja": "日本語", "en": "English"}

TEXTS: Mapping[str, Mapping[str, str]] = {
    "ja": {
        "title": "見本カード入れ",
        "ribbon": "見本・本物のマイナンバーカードは使えません",
        "choose": "カードを選んでください",
        "lead": "架空の住民のカードです。選ぶと、本物と同じ手順で署名して、ログインの画面に戻ります。",
        "use_card": "このカードを使う",
        "use_phone": "スマートフォンを使う",
        "card": "マイナンバーカード（見本）",
        "phone": "スマートフォン（見本）",
        "pin": "利用者証明用電子証明書の暗証番号（数字4桁）",
        "hint": "見本の暗証番号",
        "sign": "署名してログインする",
        "back": "別のカードを選ぶ",
        "pin_incorrect": "暗証番号が違います。残りの回数",
        "pin_blocked": "暗証番号がロックされています。本物のカードでは、住民票のある市区町村の窓口で再設定します。",
        "pin_malformed": "数字4桁で入力してください。回数は減っていません。",
        "refused": "このカードではログインできませんでした",
        "done": "署名しました",
        "done_lead": "自動でログインの画面に戻ります。戻らないときは、次のボタンを押してください。",
        "go_on": "ログインの画面に戻る",
        "no_link": "ログインの画面から開いてください",
        "not_found": "ページがありません",
        "bad_request": "この操作はできません",
        "unreachable": "ログインの画面と通信できませんでした。もう一度、カードを選んでください。",
        "case.ordinary": "有効な証明書",
        "case.expired": "有効期限が切れた証明書",
        "case.revoked": "失効した証明書",
        "case.not_yet_valid": "まだ有効でない証明書",
        "case.renewed": "更新したばかりの証明書",
        "case.card_and_phone": "カードとスマートフォンの両方",
        "case.child": "こどものカード（署名用なし）",
        "case.moved": "引っ越した人（署名用は失効）",
        "case.pin_blocked": "暗証番号がロックされたカード",
        "case.signature_certificate": "署名用を取り違えた例",
    },
    "en": {
        "title": "Sample card tray",
        "ribbon": "Sample only. Real My Number Cards do not work here.",
        "choose": "Choose a card",
        "lead": "These residents are made up. A chosen card signs exactly as a real one does.",
        "use_card": "Use this card",
        "use_phone": "Use the phone",
        "card": "My Number Card (sample)",
        "phone": "Phone (sample)",
        "pin": "PIN of the user certificate (4 digits)",
        "hint": "Sample PIN",
        "sign": "Sign in with this card",
        "back": "Choose another card",
        "pin_incorrect": "The PIN is wrong. Tries left",
        "pin_blocked": "The PIN is locked. For a real card, the municipal counter sets a new one.",
        "pin_malformed": "Enter 4 digits. No try was used up.",
        "refused": "Signing in with this card was not possible",
        "done": "Signed",
        "done_lead": "You are going back to the login page. If nothing happens, press the button.",
        "go_on": "Back to the login page",
        "no_link": "Open this page from a login page",
        "not_found": "There is no such page",
        "bad_request": "This is not possible",
        "unreachable": "The login page did not answer. Choose the card once more.",
        "case.ordinary": "Valid certificate",
        "case.expired": "Expired certificate",
        "case.revoked": "Certificate no longer valid",
        "case.not_yet_valid": "Certificate not yet valid",
        "case.renewed": "Just renewed certificate",
        "case.card_and_phone": "Card and phone",
        "case.child": "A child's card (no signature certificate)",
        "case.moved": "Moved house (signature certificate ended)",
        "case.pin_blocked": "Card with a locked PIN",
        "case.signature_certificate": "Signature certificate used by mistake",
    },
}

_REFUSALS: Mapping[str, tuple[str, str]] = {
    "certificate_expired": ("証明書の有効期限が切れています。", "The certificate has expired."),
    "certificate_not_yet_valid": ("証明書はまだ有効ではありません。", "The certificate is not valid yet."),
    "certificate_revoked": ("証明書は失効しています。", "The certificate is no longer valid."),
    "certificate_wrong_kind": ("利用者証明用ではない証明書です。", "This is not a user certificate."),
    "certificate_untrusted": ("信頼できない証明書です。", "The certificate is not trusted."),
    "revocation_unavailable": ("有効性を確認できません。", "Its validity cannot be checked now."),
    "evidence_too_old": ("有効性の情報が古すぎます。", "What is known of its validity is too old."),
    "already_used": ("このログインはもう使われました。", "This login was used already."),
    "expired": ("ログインの時間が切れました。", "The time for this login is over."),
    "not_found": ("このログインはありません。", "There is no such login."),
    "rate_limited": ("回数が多すぎます。", "Too many attempts."),
}
_OTHER = ("ログインの画面で理由を確かめてください。", "The login page says why.")


def refusal_text(language: str, code: str) -> str:
    """One sentence for a refusal of the card login protocol, section 7."""
    return _REFUSALS.get(code, _OTHER)[0 if language == "ja" else 1]
