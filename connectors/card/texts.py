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
    """One thing said in both languages, and at a counter in easy Japanese, with readings as 漢字《かんじ》."""

    ja: str
    en: str
    easy: str = ""


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
        "マイナンバーカードを、カードリーダーに置いてください。",
        "Put the My Number Card on the reader.",
        "マイナンバーカードを、カードリーダーに置《お》いてください。",
    ),
    Notice.PUT_BACK: Words(
        "カードが途中で離れました。暗証番号の間違いではありません。同じカードを、もう一度置いてください。",
        "The card went away too early. Your PIN was not wrong. Put the same card back.",
        "カードが途中《とちゅう》で離《はな》れました。番号《ばんごう》の間違《まちが》いではありません。同《おな》じカードを、もう一度《いちど》置《お》いてください。",
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
    PinKind.USER: Words(
        "利用者証明用電子証明書の暗証番号（数字4桁）",
        "PIN of the user certificate (4 digits)",
        "利用者証明用電子証明書《りようしゃしょうめいようでんししょうめいしょ》の暗証番号《あんしょうばんごう》（数字《すうじ》4つ）",
    ),
    PinKind.SIGNATURE: Words(
        "署名用電子証明書の暗証番号（英数字6～16文字）",
        "PIN of the signature certificate (6 to 16 characters)",
        "署名用電子証明書《しょめいようでんししょうめいしょ》の暗証番号《あんしょうばんごう》（英語《えいご》の字《じ》と数字《すうじ》、6から16まで）",
    ),
    PinKind.INPUT_SUPPORT: Words(
        "券面事項入力補助用の暗証番号（数字4桁）。氏名・住所・生年月日・性別を読むためのものです",
        "PIN for input support (4 digits), to read name, address, birth date and gender",
        "券面事項入力補助用《けんめんじこうにゅうりょくほじょよう》の暗証番号《あんしょうばんごう》（数字《すうじ》4つ）。名前《なまえ》や住所《じゅうしょ》を読《よ》むためのものです",
    ),
    PinKind.NUMBER_B: Words(
        "照合番号B（生年月日6桁、有効期限の年4桁、セキュリティコード4桁）",
        "Verification number B (birth date 6, year of expiry 4, security code 4 digits)",
        "照合番号《しょうごうばんごう》B（生《う》まれた日《ひ》の数字《すうじ》6つ、カードの終《お》わりの年《とし》4つ、セキュリティコード4つ）",
    ),
}

_COUNTER = Words(
    "住民票のある市区町村の窓口で、本人が再設定できます。カードをお持ちください。",
    "Only the counter of your municipality can set a new PIN: bring the card.",
    "住民票《じゅうみんひょう》のある市区町村《しくちょうそん》の窓口《まどぐち》で、新《あたら》しい番号《ばんごう》を決《き》められます。カードを持《も》って行《い》ってください。",
)
_BLOCKED: Mapping[str, Words] = {
    PinKind.USER: _COUNTER,
    PinKind.INPUT_SUPPORT: Words(
        "券面事項入力補助用の暗証番号です。住民票のある市区町村の窓口で、本人が再設定できます。"
        "ご自分の機器でのログインなら、ログインの画面でスマートフォンの二次元コードを選ぶと、氏名などを渡さずに進めます。",
        "It is the PIN for input support; the counter of your municipality can set a new one. On a device "
        "of your own, choose the QR code on the login page: nothing is read from the card then.",
        "券面事項入力補助用《けんめんじこうにゅうりょくほじょよう》の番号《ばんごう》です。市区町村《しくちょうそん》の窓口《まどぐち》で、新《あたら》しく決《き》められます。自分《じぶん》のパソコンなら、スマートフォンの二次元《にじげん》コードでログインできます。",
    ),
    PinKind.SIGNATURE: Words(
        "住民票のある市区町村の窓口か、対応するコンビニエンスストアの端末で再設定できます。",
        "The counter of your municipality, or a convenience store's terminal, can set a new one.",
        "住民票《じゅうみんひょう》のある市区町村《しくちょうそん》の窓口《まどぐち》か、コンビニの機械《きかい》で、新《あたら》しく決《き》められます。",
    ),
    PinKind.NUMBER_B: Words(
        "照合番号Bは使えません。市区町村の窓口におたずねください。",
        "Verification number B can no longer be used. Ask at the counter of your municipality.",
        "照合番号《しょうごうばんごう》Bは、もう使《つか》えません。市区町村《しくちょうそん》の窓口《まどぐち》に聞《き》いてください。",
    ),
}

_ERRORS: Mapping[type[Exception], Words] = {
    errors.PinMalformed: Words(
        "文字の数か種類が違います。回数は減っていません。",
        "The form is wrong. No try was spent.",
        "字《じ》の数《かず》か種類《しゅるい》がちがいます。回数《かいすう》は減《へ》っていません。",
    ),
    errors.CardRemoved: NOTICES[Notice.PUT_BACK],
    errors.CardAbsent: Words("カードがありません。", "There is no card on the reader.", "カードがありません。"),
    errors.NotThisCard: Words(
        "マイナンバーカードではありません。", "This is not a My Number Card.", "マイナンバーカードではありません。"
    ),
    errors.CardExchanged: Words(
        "はじめと違うカードです。もう一度はじめからやり直してください。",
        "This is another card than before. Start again.",
        "はじめとちがうカードです。もう一度《いちど》はじめからしてください。",
    ),
    errors.PinAbsent: Words(
        "暗証番号のないカード（顔認証マイナンバーカード）では、ログインできません。窓口の手続きをご利用ください。",
        "A card without a PIN cannot sign in. Please come to the counter instead.",
        "暗証番号《あんしょうばんごう》のないカード（顔認証《かおにんしょう》マイナンバーカード）では、ログインできません。窓口《まどぐち》で手続《てつづき》をしてください。",
    ),
    errors.CertificateAbsent: Words(
        "このカードには、必要な電子証明書がありません。市区町村の窓口で発行を受けられます。"
        "署名用のないカード（15歳未満の方など）のときは、ブラウザの画面に、署名しない方法があります。",
        "The card lacks the certificate that is needed. The counter of your municipality issues it. Where a signature "
        "is asked for, which a child's card cannot give, the page in your browser has the way without.",
        "このカードには、必要《ひつよう》な電子証明書《でんししょうめいしょ》がありません。市区町村《しくちょうそん》の窓口《まどぐち》で入《い》れてもらえます。",
    ),
    errors.AttributesUnreadable: Words(
        "このカードからは、氏名・住所などを読み取れません。"
        "ご自分の機器でのログインなら、ログインの画面でスマートフォンの二次元コードを選ぶと、渡さずに進めます。",
        "Name and address cannot be read from this card. On a device of your own, choose the QR code on the login "
        "page to go on without them.",
        "このカードから、名前《なまえ》や住所《じゅうしょ》を読《よ》めません。自分《じぶん》のパソコンなら、スマートフォンの二次元《にじげん》コードを使《つか》うと、渡《わた》さないで進《すす》めます。",
    ),
    errors.AttributesAltered: Words(
        "カードの中の氏名・住所などが壊れています。市区町村の窓口におたずねください。",
        "The particulars on the card are damaged. Ask at the counter of your municipality.",
        "カードの中《なか》の名前《なまえ》や住所《じゅうしょ》がこわれています。市区町村《しくちょうそん》の窓口《まどぐち》に聞《き》いてください。",
    ),
    errors.ReaderAbsent: Words(
        "カードリーダーが見つかりません。つないでから、もう一度試してください。",
        "No card reader was found. Connect one and try again.",
        "カードリーダーがありません。つないで、もう一度《いちど》してください。",
    ),
    errors.ReaderBusy: Words(
        "ほかのプログラムがカードを使っています。閉じてから、もう一度試してください。",
        "Another program uses the card. Close it and try again.",
        "ほかのプログラムがカードを使《つか》っています。閉《と》じて、もう一度《いちど》してください。",
    ),
    errors.ReaderAmbiguous: Words(
        "カードが2枚以上あります。1枚だけにするか、--reader でカードリーダーを選んでください。",
        "There is more than one card. Leave one, or choose the reader with --reader.",
        "カードが2枚《まい》以上《いじょう》あります。1枚《まい》だけにしてください。",
    ),
    errors.ServiceAbsent: Words(
        "スマートカードのサービスが動いていません。idp-card doctor で直し方が分かります。",
        "The smart card service is not running. idp-card doctor says what to do.",
        "カードを読《よ》む仕組《しく》みが動《うご》いていません。",
    ),
    errors.DriverAbsent: Words(
        "カードリーダー用のソフトウェアがありません。idp-card doctor で直し方が分かります。",
        "The software for card readers is missing. idp-card doctor says what to do.",
        "カードリーダーのソフトウェアがありません。",
    ),
    errors.CardUnreadable: Words(
        "カードのファイルを読めません。", "The card file cannot be read.", "カードのファイルを読《よ》めません。"
    ),
    Unreachable: Words(
        "ログインの画面と通信できません。しばらくしてから、もう一度試してください。",
        "The login page cannot be reached. Try again later.",
        "ログインの画面《がめん》とつながりません。少《すこ》し待《ま》って、もう一度《いちど》してください。",
    ),
    RefusedByServer: Words(
        "このカードではログインできませんでした。くわしい説明は、ブラウザの画面にあります。",
        "The login was refused. The page in your browser explains it.",
        "このカードではログインできませんでした。",
    ),
    ConnectorError: Words(
        "ログインの画面から、思わぬ答えが返りました。はじめからやり直してください。",
        "The login page gave an unexpected answer. Start again.",
        "ログインの画面《がめん》から、正《ただ》しくない答《こた》えが来《き》ました。はじめからしてください。",
    ),
}
_UNKNOWN = Words(
    "カードを読めませんでした。置き直して、もう一度試してください。",
    "The card could not be read. Put it down again and try once more.",
    "カードを読《よ》めませんでした。もう一度《いちど》置《お》いてください。",
)

STATEMENT = Words("次の文に署名します", "You sign this text")
KINDS_APART = Words(
    "英字は大文字です。数字4桁の暗証番号とは別のものです。", "Letters are upper case. It is not the 4-digit PIN."
)
CANCELLED = Words("やめました。", "Cancelled.")
LINK_IS_OVER = Words(
    "このLINKは使えなくなりました。サービスからログインし直し、新しいLINKを使ってください。",
    "This LINK is over. Begin again at the service, and take the LINK that the login page shows then.",
)
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
    "name": Words("氏名", "name", "名前《なまえ》"),
    "address": Words("住所", "address", "住所《じゅうしょ》"),
    "birthdate": Words("生年月日", "birth date", "生《う》まれた日《ひ》"),
    "gender": Words("性別", "gender", "性別《せいべつ》"),
}


def attribute_list(names: Sequence[str]) -> Words:
    """What is read from the card besides, in one line; empty for nothing."""
    words = [ATTRIBUTE_NAMES[name] for name in names]
    easy = "・".join(word.easy for word in words)
    return Words("・".join(word.ja for word in words), ", ".join(word.en for word in words), easy)


def explain(error: Exception) -> Words:
    """What an error means to the person, and who can help."""
    if isinstance(error, errors.PinIncorrect):
        left = error.tries_left
        easy = f"番号《ばんごう》がちがいます。あと{left}回《かい》入《い》れられます。"
        return Words(f"暗証番号が違います。残りの回数: {left}", f"The PIN is wrong. Tries left: {left}", easy)
    if isinstance(error, errors.PinBlocked):
        where = _BLOCKED[error.kind]
        return Words(
            f"暗証番号がロックされているか、設定されていません。{where.ja}",
            f"The PIN is blocked or not set. {where.en}",
            f"番号《ばんごう》が使《つか》えません（ロック）。{where.easy}",
        )
    if isinstance(error, FileAbsent | errors.CardGarbled):
        return _UNKNOWN
    return next((_ERRORS[kind] for kind in type(error).__mro__ if kind in _ERRORS), _UNKNOWN)
