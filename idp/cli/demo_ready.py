"""What a running demo tells: the ready file for programs, the box for people."""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from idp import compose
from idp.cli.roll import Credentials
from idp.tenants.tenancy import Client


def ready(
    product: compose.Product,
    world: compose.Sandbox,
    credentials: Mapping[str, Credentials],
    *,
    base_url: str,
    jlis: str,
    tray: str,
) -> dict[str, Any]:
    """The ready file's content. `credentials`: of the services that it tells of, in their order."""
    return {
        "base_url": base_url,
        "tenants": [
            {
                "id": tenant.tenant_id,
                "issuer": tenant.issuer,
                "services": _services(tenant.clients.values(), credentials),
            }
            for tenant in product.directory.all()
        ],
        "residents": [resident.ready() for resident in world.residents],
        "sandbox": {
            "url": jlis,
            "tray": tray,
            "ocsp": f"{jlis}/ocsp",
            "crl": f"{jlis}/crl",
            "control": f"{jlis}/control",
        },
    }


def box(ready: Mapping[str, Any], sample_port: int, more: Iterable[str] = ()) -> str:
    """What a newcomer needs next. `more`: lines of their own."""
    resident = ready["residents"][0]
    lines = [
        "見本の町ができました。次のページを開いて「ログイン」を押してください。",
        "The sample town is up. Open this page and sign in:",
        "",
        f"    http://localhost:{sample_port}/",
        "",
        "1. クリックだけで: ログイン画面の「見本のカードを選ぶ」を押す",
        "   By clicks: choose a sample card on the login page",
        "2. コマンドで: ログイン画面に出る LINK を使う / By command, with the LINK that the page shows:",
        f"   {card_command(resident['card'])}",
        "暗証番号: 数字4桁は 1234、署名用は ABC123 / Every PIN of four digits is 1234, for signatures ABC123",
        "",
        f"issuer   {ready['tenants'][0]['issuer']}",
        f"control  {ready['sandbox']['control']}   ({_beside_python('idp')} sandbox --help)",
        "Ctrl-C で終わります / Ctrl-C ends it. 本物のマイナンバーカードは使えません。",
    ]
    rule = "─" * 78
    own = list(more)
    return "\n".join([rule, *lines, *([rule, *own] if own else []), rule])


def card_command(card: Path | str) -> str:
    """How a login is done by command."""
    return f"{_beside_python('idp-card')} login LINK --dev --card {card}"


def _beside_python(program: str) -> str:
    """A console script as one can type it here, whether or not the virtual environment is activated."""
    path = Path(sys.executable).with_name(program)
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def _services(clients: Iterable[Client], credentials: Mapping[str, Credentials]) -> list[dict[str, Any]]:
    registered = {client.service_id: client for client in clients}
    return [
        _service(registered[service_id], own)
        for service_id, own in credentials.items()
        if service_id in registered
    ]


def _service(client: Client, credentials: Credentials) -> dict[str, Any]:
    return {
        "id": client.service_id,
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        "profile": client.profile,
        "require_pkce": client.require_pkce,
        "id_token_signed_response_alg": client.id_token_signed_response_alg,
        "redirect_uris": list(client.redirect_uris),
        "post_logout_redirect_uris": list(client.post_logout_redirect_uris),
        "sector": client.sector_id,
        "scopes": " ".join(client.scopes),
        "jwks_private_file": credentials.jwks_private_file,
        **(
            dict(zip(("certificate", "key"), credentials.certificate, strict=True))
            if credentials.certificate
            else {}
        ),
    }
