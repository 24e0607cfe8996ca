"""What the sample services say, in Japanese and English."""

from collections.abc import Mapping

LANGUAGES = {"ja": "日本語", "en": "English"}

TEXTS: Mapping[str, Mapping[str, str]] = {
    "ja": {
        "sample": "見本サービス",
        "login": "マイナンバーカードでログイン",
        "hello": "ログインしています",
        "number": "このサービスが受け取った番号",
        "nothing_else": "氏名や住所は受け取っていません。",
        "acr": "本人確認の強さ",
        "method": "失効の確認方法",
        "logout": "このサービスからログアウト",
        "compare": "ほかのサービスと番号を見比べる",
        "compare_title": "同じ人でも、サービスごとに番号が違います",
        "compare_lead": "下の枠は、それぞれ別のウェブサイトです。同じカードで順にログインして、番号を見比べてください。",
        "shared": "次のサービスは、利用者への説明のうえで同じ番号を共有しています",
        "back": "サービスの画面に戻る",
        "declined": "ログインをやめました",
        "failed": "ログインできませんでした。もう一度お試しください。",
        "unreachable": "ログインの窓口につながりませんでした。しばらくしてからお試しください。",
    },
    "en": {
        "sample": "Sample service",
        "login": "Sign in with My Number Card",
        "hello": "You are signed in",
        "number": "The number that this service received",
        "nothing_else": "It received neither name nor address.",
        "acr": "Assurance",
        "method": "Validity was checked by",
        "logout": "Sign out of this service",
        "compare": "Compare with other services",
        "compare_title": "One person, another number at each service",
        "compare_lead": "Each frame is another web site. Sign in at each with the same card and compare.",
        "shared": "These services share one number, as their users are told",
        "back": "Back to the service",
        "declined": "You did not sign in",
        "failed": "Signing in failed. Please try again.",
        "unreachable": "The login service did not answer. Please try again later.",
    },
}
