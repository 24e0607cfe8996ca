"""What a resident signs before a service receives what the signature certificate says of them, once or for years.

Pure.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from idp.consent_signing.statement import Purpose, Statement
from idp.items import KANA, TOLD, made_of
from idp.tenants.tenancy import Client, Tenant

KEPT_DAYS = 365
"""How long the signed proof is kept, sealed."""
YEARS = 10
"""For how long J-LIS tells what has changed, reckoned from the day after the signature."""
_ITEMS = "項目："
_NAMES: Mapping[str, str] = {
    "name": "氏名",
    KANA: "氏名のふりがな",
    "address": "住所",
    "municipality_code": "住んでいる市区町村の番号",
    "birthdate": "生年月日",
    "age_over_18": "18歳以上かどうか",
    "age_over_20": "20歳以上かどうか",
    "age_over_65": "65歳以上かどうか",
    "gender": "性別",
}


def of(tenant: Tenant, client: Client, names: tuple[str, ...], day: date) -> Statement:
    """The statement, in Japanese: the language in which authenticators are spoken to. `day` in Japan."""
    purpose = client.purpose("ja")
    lines = (
        f"{tenant.name('ja')}の「{client.name('ja')}」に、署名用電子証明書に記録された次の項目を渡すことに同意します。",
        f"{_ITEMS}{'、'.join(_NAMES[name] for name in names)}",
        f"目的：{purpose}" if purpose else "",
        "回数：このログインの1回",
        f"日付：{day.year}年{day.month}月{day.day}日",
    )
    kept_days = KEPT_DAYS if tenant.settings.released_seconds else 0  # a tenant that stores nothing keeps no proof
    return Statement(Purpose.BASIC_4, "\n".join(line for line in lines if line), kept_days=kept_days)


def latest(tenant: Tenant, client: Client, names: tuple[str, ...], day: date) -> Statement:
    """The consent to the latest-information service: J-LIS receives it, and tells what it names for ten years.

    It names of what the items `names` are made. Its proof is kept as long as it counts.
    """
    purpose, last = client.purpose("ja"), _last_day(day)
    lines = (
        f"J-LIS（地方公共団体情報システム機構）が、次の項目の最新の内容を{tenant.name('ja')}に知らせること、"
        f"{tenant.name('ja')}がそれを「{client.name('ja')}」に渡すことに同意します。",
        f"{_ITEMS}{'、'.join(_NAMES[name] for name in made_of(names))}",
        "次の画面で、渡さない項目を外せることがあります。",
        f"目的：{purpose}" if purpose else "",
        f"期間：{last.year}年{last.month}月{last.day}日まで。いつでも取り消せます。",
        "費用：ご本人の負担はありません。",
        f"日付：{day.year}年{day.month}月{day.day}日",
    )
    text = "\n".join(line for line in lines if line)
    return Statement(Purpose.LATEST_INFORMATION, text, kept_days=(last - day).days)


def covered(text: str) -> tuple[str, ...]:
    """Of which of the Basic 4 a statement made by `latest` speaks."""
    named = next(line for line in text.split("\n") if line.startswith(_ITEMS)).removeprefix(_ITEMS).split("、")
    return tuple(item for item in TOLD if _NAMES[item] in named)


def _last_day(day: date) -> date:
    """The last day on which it counts: ten years from the day after `day`, less that day."""
    first = day + timedelta(days=1)
    try:
        return first.replace(year=first.year + YEARS) - timedelta(days=1)
    except ValueError:  # 29 February
        return date(first.year + YEARS, 2, 28)
