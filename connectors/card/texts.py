"""What the card program says to the person at the reader, Japanese first. No error's own text is shown alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from connectors.card import errors
from connectors.card.agent import RefusedByServer
from connectors.card.files import FileAbsent
from connectors.card.pin import PinKind
from connectors.errors import ConnectorError, Unreachable


@dataclass(frozen=True, slots=True)
class Words:
    """One thing said in both languages."""

    ja: str
    en: str


class Notice(StrEnum):
    """What the program tells while it works."""

    LOOKING = "looking"
    INSERT = "insert"
    PUT_BACK = "put_back"
    READING = "reading"
    LAST_TRY = "last_try"
    SENDING = "sending"


NOTICES: Mapping[Notice, Words] = {
    Notice.LOOKING: Words("カードリーダーを探しています。", "Looking for a card reader."),
    Notice.INSERT: Words(
        "マイナンバーカードを、カードリーダーに置いてください。", "Put the My Number Card on the reader."
    ),
    Notice.PUT_BACK: Words(
        "カードが途中で離れました。暗証番号の間違いではありません。同じカードを、もう一度置いてください。",
        "The card went away too early. Your PIN was not wrong. Put the same card back.",
    ),
    Notice.READING: Words(
        "カードを読んでいます。カードを動かさないでください。", "Reading the card. Do not move it."
    ),
    Notice.LAST_TRY: Words(
        "あと1回間違えると、暗証番号がロックされます。"
        "確かでないときは、ここでやめて、市区町村の窓口で確かめてください。",
        "One more wrong PIN blocks the card. If you are not sure, stop here and ask at the municipal counter.",
    ),
    Notice.SENDING: Words("署名しています。カードを動かさないでください。", "Signing. Do not move the card."),
}

PIN_NAMES: Mapping[PinKind, Words] = {
    PinKind.USER: Words("利用者証明用電子証明書の暗証番号（数字4桁）", "PIN of the user certificate (4 digits)"),
    PinKind.SIGNATURE: Words(
        "署名用電子証明書の暗証番号（英数字6～16文字）", "PIN of the signature certificate (6 to 16 characters)"
    ),
    PinKind.INPUT_SUPPORT: Words(
        "券面事項入力補助用の暗証番号（数字4桁）。氏名・住所・生年月日・性別を読むためのものです",
        "PIN for input support (4 digits), to read name, address, birth date and gender",
    ),
    PinKind.NUMBER_B: Words(
        "照合番号B（生年月日6桁、有効期限の年4桁、セキュリティコード4桁）",
        "Verification number B (birth date 6, year of expiry 4, security code 4 digits)",
    ),
}

_COUNTER = Words(
    "住民票のある市区町村の窓口で、本人が再設定できます。カードをお持ちください。",
    "Only the counter of your municipality can set a new PIN: bring the card.",
)
_BLOCKED: Mapping[str, Words] = {
    PinKind.USER: _COUNTER,
    PinKind.INPUT_SUPPORT: Words(
        "券面事項入力補助用の暗証番号です。住民票のある市区町村の窓口で、本人が再設定できます。"
        "ログインだけなら、ログインの画面でスマートフォンの二次元コードを選ぶと、氏名などを渡さずに進めます。",
        "It is the PIN for input support; the counter of your municipality can set a new one. To sign in all the same, "
        "choose the QR code on the login page: nothing is read from the card then.",
    ),
    PinKind.SIGNATURE: Words(
        "住民票のある市区町村の窓口か、対応するコンビニエンスストアの端末で再設定できます。",
        "The counter of your municipality, or a convenience store's terminal, can set a new one.",
    ),
    PinKind.NUMBER_B: Words(
        "照合番号Bは使えません。市区町村の窓口におたずねください。",
        "Verification number B can no longer be used. Ask at the counter of your municipality.",
    ),
}

_ERRORS: Mapping[type[Exception], Words] = {
    errors.PinMalformed: Words(
        "文字の数か種類が違います。回数は減っていません。", "The form is wrong. No try was spent."
    ),
    errors.CardRemoved: NOTICES[Notice.PUT_BACK],
    errors.CardAbsent: Words("カードがありません。", "There is no card on the reader."),
    errors.NotThisCard: Words("マイナンバーカードではありません。", "This is not a My Number Card."),
    errors.CardExchanged: Words(
        "はじめと違うカードです。もう一度はじめからやり直してください。",
        "This is another card than before. Start again.",
    ),
    errors.PinAbsent: Words(
        "暗証番号のないカード（顔認証マイナンバーカード）では、ログインできません。窓口の手続きをご利用ください。",
        "A card without a PIN cannot sign in. Please come to the counter instead.",
    ),
    errors.CertificateAbsent: Words(
        "このカードには、必要な電子証明書がありません。市区町村の窓口で発行を受けられます。",
        "The card lacks the certificate that is needed. The counter of your municipality issues it.",
    ),
    errors.AttributesUnreadable: Words(
        "このカードからは、氏名・住所などを読み取れません。"
        "ログインの画面でスマートフォンの二次元コードを選ぶと、渡さずに進めます。",
        "Name and address cannot be read from this card. Choose the QR code on the login page to go on without them.",
    ),
    errors.AttributesAltered: Words(
        "カードの中の氏名・住所などが壊れています。市区町村の窓口におたずねください。",
        "The particulars on the card are damaged. Ask at the counter of your municipality.",
    ),
    errors.ReaderAbsent: Words(
        "カードリーダーが見つかりません。つないでから、もう一度試してください。",
        "No card reader was found. Connect one and try again.",
    ),
    errors.ReaderBusy: Words(
        "ほかのプログラムがカードを使っています。閉じてから、もう一度試してください。",
        "Another program uses the card. Close it and try again.",
    ),
    errors.ReaderAmbiguous: Words(
        "カードが2枚以上あります。1枚だけにするか、--reader でカードリーダーを選んでください。",
        "There is more than one card. Leave one, or choose the reader with --reader.",
    ),
    errors.ServiceAbsent: Words(
        "スマートカードのサービスが動いていません。idp-card doctor で直し方が分かります。",
        "The smart card service is not running. idp-card doctor says what to do.",
    ),
    errors.DriverAbsent: Words(
        "カードリーダー用のソフトウェアがありません。idp-card doctor で直し方が分かります。",
        "The software for card readers is missing. idp-card doctor says what to do.",
    ),
    errors.CardUnreadable: Words("カードのファイルを読めません。", "The card file cannot be read."),
    Unreachable: Words(
        "ログインの画面と通信できません。しばらくしてから、もう一度試してください。",
        "The login page cannot be reached. Try again later.",
    ),
    RefusedByServer: Words(
        "このカードではログインできませんでした。くわしい説明は、ブラウザの画面にあります。",
        "The login was refused. The page in your browser explains it.",
    ),
    ConnectorError: Words(
        "ログインの画面から、思わぬ答えが返りました。はじめからやり直してください。",
        "The login page gave an unexpected answer. Start again.",
    ),
}
_UNKNOWN = Words(
    "カードを読めませんでした。置き直して、もう一度試してください。",
    "The card could not be read. Put it down again and try once more.",
)

CANCELLED = Words("やめました。", "Cancelled.")
RETURNED = Words("署名しました。ログインの続きは、ブラウザの画面にあります。", "Signed. Go on in your browser.")
NOT_GONE_ON = Words("ブラウザが進まないとき", "The browser did not go on")
CODE = Words("この番号を、ログインの画面に入力してください", "Type this number into the login page")
TRIES = Words("残りの回数: {left}", "Tries left: {left}")
BUTTONS = {
    "sign": Words("署名する", "Sign"),
    "cancel": Words("やめる", "Cancel"),
    "close": Words("閉じる", "Close"),
}
WINDOW_TITLE = Words("カードでログイン", "Sign in with the card")
ASKED_BY = {
    "tenant": Words("自治体", "Municipality"),
    "service": Words("サービス", "Service"),
    "purpose": Words("目的", "Purpose"),
    "host": Words("接続先", "Host"),
    "attributes": Words("カードから読み取り", "Read from the card"),
}
ATTRIBUTE_NAMES: Mapping[str, Words] = {
    "name": Words("氏名", "name"),
    "address": Words("住所", "address"),
    "birthdate": Words("生年月日", "birth date"),
    "gender": Words("性別", "gender"),
}


def attribute_list(names: Sequence[str]) -> Words:
    """What is read from the card besides, in one line; empty for nothing."""
    words = [ATTRIBUTE_NAMES[name] for name in names]
    return Words("・".join(word.ja for word in words), ", ".join(word.en for word in words))


def explain(error: Exception) -> Words:
    """What an error means to the person, and who can help."""
    if isinstance(error, errors.PinIncorrect):
        left = error.tries_left
        return Words(f"暗証番号が違います。残りの回数: {left}", f"The PIN is wrong. Tries left: {left}")
    if isinstance(error, errors.PinBlocked):
        where = _BLOCKED[error.kind]
        return Words(
            f"暗証番号がロックされているか、設定されていません。{where.ja}",
            f"The PIN is blocked or not set. {where.en}",
        )
    if isinstance(error, FileAbsent | errors.CardGarbled):
        return _UNKNOWN
    return next((_ERRORS[kind] for kind in type(error).__mro__ if kind in _ERRORS), _UNKNOWN)
