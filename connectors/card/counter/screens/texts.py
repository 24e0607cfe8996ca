"""What the two screens say. Staff: Japanese. The resident: Japanese, easy Japanese with readings, English."""

from collections.abc import Mapping

from connectors.card.texts import Words

TEXTS: Mapping[str, Words] = {
    "welcome": Words("窓口端末", "Counter terminal", "窓口《まどぐち》のコンピューター"),
    "languages": Words("言語を選ぶ", "Choose a language", "ことばを選《えら》ぶ"),
    "again": Words("画面を新しくする", "Load this page again", "画面《がめん》を新《あたら》しくする"),
    "wait": Words(
        "職員の案内をお待ちください。", "Please wait for the staff.", "少《すこ》し待《ま》っていてください。"
    ),
    "asked_login": Words(
        "このサービスに|ログインします。|よろしいですか。",
        "Sign in to this service?",
        "このサービスに|ログインします。|いいですか。",
    ),
    "asked_form": Words(
        "カードから次のことを読み取り、|申請書に印字します。|よろしいですか。",
        "May we read this from your card and print it on the form?",
        "カードから次《つぎ》のことを読《よ》みます。|申請書《しんせいしょ》に書《か》きます。|いいですか。",
    ),
    "particulars": Words(
        "氏名・住所・生年月日・性別",
        "Name, address, birth date, gender",
        "名前《なまえ》・住所《じゅうしょ》・生《う》まれた日《ひ》・性別《せいべつ》",
    ),
    "read": Words("カードから読み取るもの", "Read from your card", "カードから読《よ》むもの"),
    "shown_before": Words(
        "サービスに渡す前に、内容を画面でお見せします。",
        "You see it on the screen before the service receives it.",
        "サービスに渡《わた》す前《まえ》に、画面《がめん》で見《み》せます。",
    ),
    "no_number": Words(
        "個人番号（マイナンバー）は読みません。",
        "Your My Number is not read.",
        "マイナンバー（個人番号《こじんばんごう》）は読《よ》みません。",
    ),
    "no_pin": Words(
        "暗証番号は使いません。職員がご本人を確かめます。",
        "No PIN is used: the staff check who you are.",
        "暗証番号《あんしょうばんごう》は使《つか》いません。役所《やくしょ》の人《ひと》が、カードの写真《しゃしん》を見《み》ます。",
    ),
    "agree": Words("同意する", "I agree", "いいです（同意《どうい》する）"),
    "stop": Words("やめる", "Stop", "やめる"),
    "put_card": Words(
        "マイナンバーカードを、|カードリーダーに|置いてください",
        "Put your My Number Card on the reader",
        "マイナンバーカードを、|カードリーダーに|置《お》いてください",
    ),
    "go": Words("次へ", "Go on", "次《つぎ》へ"),
    "put": Words("置きました", "It is there", "置《お》きました"),
    "working": Words(
        "カードを読んでいます。|動かさないでください",
        "Reading the card. Do not move it",
        "カードを読《よ》んでいます。|動《うご》かさないでください",
    ),
    "done_login": Words(
        "確認できました。|カードをお取りください",
        "Done. Please take your card",
        "終《お》わりました。|カードを取《と》ってください",
    ),
    "done_form": Words(
        "読み取りました。|カードをお取りください",
        "Done. Please take your card",
        "読《よ》みました。|カードを取《と》ってください",
    ),
    "paper_follows": Words(
        "職員が申請書をお渡しします。",
        "The staff hand you the form.",
        "役所《やくしょ》の人《ひと》が、申請書《しんせいしょ》を渡《わた》します。",
    ),
    "go_on": Words("続ける", "Go on", "続《つづ》ける"),
    "go_on_to": Words(
        "次の画面で、サービスに渡すものを確かめます。1分以内に押してください。",
        "The next page asks what the service may receive. Please press within a minute.",
        "次《つぎ》の画面《がめん》で、サービスに渡《わた》すものを見《み》ます。1分《ぷん》より前《まえ》に押《お》してください。",
    ),
    "stopped": Words("やめました", "Stopped", "やめました"),
    "nothing_sent": Words(
        "カードの中のことは、何も送っていません。",
        "Nothing from your card was sent.",
        "カードの中《なか》のことは、何《なに》も送《おく》っていません。",
    ),
    "failed": Words("できませんでした", "It did not work", "できませんでした"),
    "ask_staff": Words(
        "職員におたずねください。", "Please ask the staff.", "役所《やくしょ》の人《ひと》に聞《き》いてください。"
    ),
    "here": Words("ここの窓口", "This counter", "ここの窓口《まどぐち》"),
    "office": Words("相談できる窓口", "The office that can help", "相談《そうだん》できる窓口《まどぐち》"),
    "telephone": Words("電話", "Telephone", "電話《でんわ》"),
    "hours": Words("受付時間", "Open", "開《あ》いている時間《じかん》"),
    "bring": Words("持ち物", "What to bring", "持《も》って来《く》るもの"),
    "bring_usual": Words(
        "マイナンバーカードと、運転免許証などご本人と分かるもの",
        "Your My Number Card and another proof of who you are, such as a driving licence",
        "マイナンバーカードと、運転免許証《うんてんめんきょしょう》など、あなただと分《わ》かるもの",
    ),
    "paper": Words("紙の手続", "On paper", "紙《かみ》でする手続《てつづき》"),
    "paper_usual": Words(
        "カードを使わずに手続できる場合があります。職員におたずねください。",
        "It may be possible without a card. Ask the staff.",
        "カードを使《つか》わない手続《てつづき》もあります。役所《やくしょ》の人《ひと》に聞《き》いてください。",
    ),
    "reference": Words("受付番号", "Reference number", "受付番号《うけつけばんごう》"),
    "help": Words("困ったときは", "Help", "わからないとき"),
}
"""The resident's. `|` marks the end of a phrase, where a line may break."""

_EXPIRED = Words(
    "電子証明書の有効期限が過ぎています。市区町村の窓口で更新できます。",
    "Your certificate is past its last day. The counter of your municipality renews it.",
    "電子証明書《でんししょうめいしょ》の使《つか》える日《ひ》が終《お》わっています。市区町村《しくちょうそん》の窓口《まどぐち》で新《あたら》しくできます。",
)
_OVER = Words(
    "時間が過ぎました。はじめからやり直します。",
    "The time is over. It has to be started again.",
    "時間《じかん》が終《お》わりました。はじめからします。",
)
_LATER = Words(
    "電子証明書の確認先に、今つながりません。カードの問題ではありません。しばらく待ってから、もう一度できます。",
    "Your certificate cannot be checked at the moment. There is nothing wrong with your card. Try again in a while.",
    "電子証明書《でんししょうめいしょ》を、今《いま》調《しら》べられません。カードは悪《わる》くありません。少《すこ》し待《ま》って、もう一度《いちど》できます。",
)
REFUSED: Mapping[str, Words] = {
    "certificate_expired": _EXPIRED,
    "certificate_revoked": Words(
        "この電子証明書は失効しています。新しいカードをお使いになるか、市区町村の窓口で手続をしてください。",
        "This certificate is no longer valid. Use your new card, or ask the counter of your municipality.",
        "この電子証明書《でんししょうめいしょ》は、もう使《つか》えません（失効《しっこう》）。新《あたら》しいカードを使《つか》うか、市区町村《しくちょうそん》の窓口《まどぐち》で手続《てつづき》をしてください。",
    ),
    "level_insufficient": Words(
        "暗証番号を使う方法でなければ、このサービスを利用できません。",
        "This service can be used with your PIN only.",
        "このサービスは、暗証番号《あんしょうばんごう》が必要《ひつよう》です。",
    ),
    "certificate_type_not_accepted": Words(
        "この種類のカードは、ここでは使えません。",
        "This kind of card cannot be used here.",
        "この種類《しゅるい》のカードは、ここでは使《つか》えません。",
    ),
    "service_suspended": Words(
        "このサービスは、今ログインを受け付けていません。カードの問題ではありません。",
        "This service takes no logins at present. There is nothing wrong with your card.",
        "このサービスは、今《いま》使《つか》えません。カードは悪《わる》くありません。",
    ),
    "terminal_refused": Words(
        "この窓口では、このサービスを受け付けられません。カードの問題ではありません。",
        "This counter cannot serve this service. There is nothing wrong with your card.",
        "この窓口《まどぐち》では、このサービスを使《つか》えません。カードは悪《わる》くありません。",
    ),
    **dict.fromkeys(("expired", "already_used", "declined", "rate_limited"), _OVER),
    **dict.fromkeys(
        ("revocation_unavailable", "evidence_too_old", "lineage_unavailable", "keys_unavailable"), _LATER
    ),
}
"""What a resident reads of the provider's refusals; of any other, that the staff help."""

PROGRESS: Mapping[str, str] = {
    "accepted": "住民が「続ける」を押すのを待っています（1分以内）",
    "consenting": "同意を待っています（住民が、渡すものを確かめています）",
    "finished": "住民が選び終わり、サービスの画面へ進みました",
    "declined": "この受付は取り消されました",
    "expired": "時間が過ぎました。はじめからやり直してください",
}
"""How far the resident's browser has come after the proof, by the provider's word."""
STAGES: Mapping[str, str] = {
    "asked": "住民が内容を確かめています",
    "agreed": "カードを待っています",
    "agreed-pin": "カードと暗証番号を待っています",
    "working": "カードを読んでいます",
    "done": "終わりました",
    "stopped": "やめました",
    "failed": "できませんでした",
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
