"""What a resident signs before a service receives what the signature certificate says of them. Pure."""

from collections.abc import Mapping
from datetime import date

from idp.consent_signing.statement import Purpose, Statement
from idp.tenancy import Client, Tenant

KEPT_DAYS = 365
"""How long the signed proof is kept, sealed."""
_NAMES: Mapping[str, str] = {
    "name": "氏名",
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
        f"項目：{'、'.join(_NAMES[name] for name in names)}",
        f"目的：{purpose}" if purpose else "",
        "回数：このログインの1回",
        f"日付：{day.year}年{day.month}月{day.day}日",
    )
    kept_days = KEPT_DAYS if tenant.settings.released_seconds else 0  # a tenant that stores nothing keeps no proof
    return Statement(Purpose.BASIC_4, "\n".join(line for line in lines if line), kept_days=kept_days)
