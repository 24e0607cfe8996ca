"""What the two screens say. Japanese: the language of staff; the resident's large words also in English."""

from collections.abc import Mapping

from connectors.card.texts import Words

TEXTS: Mapping[str, Words] = {
    "welcome": Words("窓口端末", "Counter terminal"),
    "again": Words("画面を新しくする", "Load this page again"),
    "wait": Words("職員の案内をお待ちください。", "Please wait for the staff."),
    "asked_login": Words(
        "次のサービスにログインします。よろしいですか。", "You are about to sign in to this service. Do you agree?"
    ),
    "asked_form": Words(
        "カードから次のことを読み取り、申請書に印字します。よろしいですか。",
        "The following will be read from your card and printed on the form. Do you agree?",
    ),
    "particulars": Words("氏名・住所・生年月日・性別", "Name, address, birth date, gender"),
    "read": Words("カードから読み取るもの", "Read from your card"),
    "shown_before": Words(
        "サービスに渡す前に、内容を画面でお見せします。",
        "You see it on the screen before the service receives it.",
    ),
    "no_number": Words("個人番号（マイナンバー）は読みません。", "Your My Number is not read."),
    "no_pin": Words(
        "暗証番号は使いません。職員がご本人を確かめます。", "No PIN is used: the staff check who you are."
    ),
    "agree": Words("同意する", "I agree"),
    "stop": Words("やめる", "Stop"),
    "put_card": Words(
        "マイナンバーカードを、カードリーダーに置いてください。", "Put your My Number Card on the reader."
    ),
    "go": Words("次へ", "Go on"),
    "put": Words("置きました", "It is there"),
    "tries": Words("残りの回数", "Tries left"),
    "working": Words("カードを読んでいます。カードを動かさないでください。", "Reading the card. Do not move it."),
    "done_login": Words("確認できました。カードをお取りください。", "Done. Please take your card."),
    "done_form": Words(
        "読み取りました。カードをお取りください。職員が申請書をお渡しします。",
        "Done. Please take your card. The staff hand you the form.",
    ),
    "go_on": Words("続ける（サービスに渡すものの確認）", "Go on (what the service receives)"),
    "stopped": Words(
        "やめました。カードの中のことは、何も送っていません。", "Stopped. Nothing from your card was sent."
    ),
    "failed": Words("できませんでした。職員におたずねください。", "It did not work. Please ask the staff."),
}
PROBLEMS: Mapping[str, str] = {
    "link": "このアドレスは、ログインの画面のものではありません。",
    "busy": "カードを使っている途中です。終わってから、もう一度押してください。",
    "mode": "このサービスは、暗証番号なし（かざし）では使えません。暗証番号で受け付けてください。",
    "unreachable": "ログインの画面と通信できません。",
    "refused": "ログインの画面に断られました。",
    "printing": "印刷用のソフトウェアか、日本語の書体がありません。",
}
REFUSALS: Mapping[str, str] = {
    "terminal_refused": "この端末は、このサービスに登録されていないか、失効しています。担当課に連絡してください。",
    "level_insufficient": "この方法では、このサービスの求める確かさに足りません。かざしは、一度暗証番号でログインした方だけが使えます。暗証番号で受け付けてください。",
    "certificate_revoked": "この電子証明書は失効しています。新しい発行をご案内ください。",
    "certificate_expired": "この電子証明書は有効期限が切れています。更新をご案内ください。",
    "certificate_type_not_accepted": "このカードの種類は使えません。スマートフォンは、ご本人の端末でログインしていただきます。",
    "expired": "ログインの画面の時間が切れました。画面を読み込み直してください。",
    "already_used": "このログインは、もう使われています。画面を読み込み直してください。",
    "rate_limited": "このログインは、試せる回数を超えました。はじめからやり直してください。",
}
