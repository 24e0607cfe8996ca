"""What a resident signs of an application: for which service and procedure, and by which digest. Pure."""

from datetime import date

from idp.consent_signing.statement import Purpose, Statement
from idp.login.application import Application
from idp.procedures.procedure import Procedure
from idp.tenants.tenancy import Client, Tenant

KEPT_DAYS = 365
"""How long the signed proof is kept, sealed."""


def of(
    tenant: Tenant, client: Client, procedure: Procedure | None, application: Application, day: date
) -> Statement:
    """The statement, in Japanese: the language in which authenticators are spoken to. `day` in Japan.

    `procedure`: None for one that was taken away meanwhile.
    """
    service = client.name("ja")
    lines = (
        f"{tenant.name('ja')}の「{service}」への申請に署名し、署名したことを「{service}」に伝えることに同意します。",
        f"手続：{procedure.name('ja')}" if procedure else "",
        f"申請の内容から作られた値（{application.alg.upper()}）：",
        *application.lines,
        f"日付：{day.year}年{day.month}月{day.day}日",
    )
    kept_days = KEPT_DAYS if tenant.settings.released_seconds else 0  # a tenant that stores nothing keeps no proof
    return Statement(Purpose.APPLICATION, "\n".join(line for line in lines if line), kept_days=kept_days)
