"""The composition root: where concrete parts are chosen, and the one receiver of clock and randomness."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from flask import Flask

from connectors.http import Outbound
from connectors.jlis import crl
from connectors.jlis.crl import CrlHttp
from connectors.jlis.lineage import LineageHttp
from connectors.jlis.ocsp import OcspHttp, OcspInTurn
from connectors.jlis.unconfigured import NoCrl, NoLineage, NoOcsp
from connectors.keyfile.keys import KeyFile
from connectors.keyfile.unlock import read_unlock_key
from connectors.ports import CertificateKind, CrlSource, Keys, LineageSource, OcspSource
from idp.administration import Administration
from idp.app import Parts, create_app
from idp.audit import Auditor
from idp.background import Background
from idp.directory import Directory
from idp.login.acceptance import AcceptanceStep
from idp.login.pairwise import Pairs
from idp.login.proof import ProofStep
from idp.login.transaction import Transactions
from idp.login.web_card import CardRoutes
from idp.login.web_pages import LoginPages
from idp.oidc.authorize import Authorize
from idp.oidc.token import TokenEndpoint
from idp.oidc.userinfo import UserInfoEndpoint
from idp.pages.render import Pages
from idp.revocation.breaker import Breaker
from idp.revocation.by_crl import ByCrl
from idp.revocation.by_ocsp import ByOcsp
from idp.revocation.check import Lists, RevocationCheck
from idp.settings import Mode, Settings, SettingsRefused
from idp.store.crl_index.catalogue import Catalogue
from idp.store.crl_index.lists import IndexedLists
from idp.store.engine import Store, open_store
from idp.store.shortlived import InMemory, ShortLived
from idp.web import PageWriter

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from connectors.sandbox.residents import Resident

_CRL_READ_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Everything built, for the server and for the command line."""

    settings: Settings
    now: Callable[[], datetime]
    store: Store
    keys: Keys
    state: ShortLived
    directory: Directory
    administration: Administration
    background: Background
    app: Flask


def build(settings: Settings, now: Callable[[], datetime], token_bytes: Callable[[int], bytes]) -> Product:
    """Build the product from its settings. Loads no tenant yet: that needs the database to be migrated."""
    password = _secret(settings.database_password_file) if settings.database_password_file else None
    store = open_store(settings.database_url, password=password)
    keys = _keys(settings, token_bytes)
    state = _state(settings, now)
    directory = Directory(store, keys, token_bytes, time.monotonic, sandbox_mode=settings.mode is Mode.SANDBOX)
    auditor = Auditor(now, token_bytes)
    transactions = Transactions(state, now, token_bytes)
    ocsp_source, crl_source, lineage = _jlis(settings)
    pages = PageWriter(Pages())
    authorize = Authorize(directory=directory, transactions=transactions, pages=pages, now=now)
    proof = ProofStep(
        store=store,
        transactions=transactions,
        revocation=_revocation(settings, ocsp_source, crl_source, now, token_bytes),
        lineage=lineage,
        acceptance=AcceptanceStep(store=store, transactions=transactions, auditor=auditor, now=now),
        auditor=auditor,
        now=now,
        token_bytes=token_bytes,
    )
    administration = Administration(
        store=store,
        keys=keys,
        directory=directory,
        auditor=auditor,
        now=now,
        token_bytes=token_bytes,
        sandbox_mode=settings.mode is Mode.SANDBOX,
    )
    parts = Parts(
        directory=directory,
        pages=pages,
        authorize=authorize,
        card=CardRoutes(
            directory=directory, transactions=transactions, proof=proof, store=store, auditor=auditor, pages=pages
        ),
        login=LoginPages(
            directory=directory,
            transactions=transactions,
            pairs=Pairs(store=store, keys=keys, auditor=auditor, now=now, token_bytes=token_bytes),
            store=store,
            auditor=auditor,
            pages=pages,
            finish=authorize.finish,
            tray_url=settings.tray_url,
            sample_command=settings.sample_command,
        ),
        token=TokenEndpoint(directory=directory, store=store, auditor=auditor, now=now, token_bytes=token_bytes),
        userinfo=UserInfoEndpoint(store=store, now=now),
    )
    return Product(
        settings=settings,
        now=now,
        store=store,
        keys=keys,
        state=state,
        directory=directory,
        administration=administration,
        background=Background(store=store, directory=directory, now=now),
        app=create_app(parts),
    )


def clock(settings: Settings, real: Callable[[], datetime]) -> Callable[[], datetime]:
    """The process's clock: the sandbox's movable one where the settings name it, else the real one."""
    if settings.clock_file is None:
        return real
    from connectors.sandbox.clock import OffsetClock

    return OffsetClock(settings.clock_file)


def _keys(settings: Settings, token_bytes: Callable[[int], bytes]) -> Keys:
    if settings.keyfile is not None and settings.keyfile_unlock_file is not None:
        return KeyFile.open(settings.keyfile, read_unlock_key(settings.keyfile_unlock_file), token_bytes)
    from connectors.vault.client import AppRole
    from connectors.vault.transit import VaultKeys

    def identity(role_id: Path | None, secret_id: Path | None) -> AppRole | None:
        return AppRole(_secret(role_id), _secret(secret_id)) if role_id and secret_id else None

    use = identity(settings.vault_role_id_file, settings.vault_secret_id_file)
    admin = identity(settings.vault_admin_role_id_file, settings.vault_admin_secret_id_file)
    if settings.vault_address is None or use is None:
        raise SettingsRefused("key custody is not configured")
    ca_file = str(settings.vault_ca_file) if settings.vault_ca_file else None
    return VaultKeys(settings.vault_address, use, admin=admin, ca_file=ca_file)


def _secret(path: Path) -> str:
    """The secret in a file. Raises SettingsRefused when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsRefused("a _FILE setting names a file that cannot be read") from error


def _state(settings: Settings, now: Callable[[], datetime]) -> ShortLived:
    if settings.redis_url is None:
        return InMemory(now)
    from idp.store.shortlived_redis import InRedis

    password = _secret(settings.redis_password_file) if settings.redis_password_file else None
    return InRedis(settings.redis_url, password=password)


def _jlis(settings: Settings) -> tuple[OcspSource, CrlSource, LineageSource]:
    """J-LIS by the settings; a source without address never answers, so that logins are refused."""
    crl_url, lineage_url = settings.crl_url, settings.lineage_url
    return (
        _responders(settings.ocsp_urls, settings.ocsp_method) if settings.ocsp_url else NoOcsp(),
        CrlHttp(crl_url, Outbound([_origin(crl_url)], read_seconds=_CRL_READ_SECONDS, max_bytes=crl.MAX_BYTES))
        if crl_url
        else NoCrl(),
        LineageHttp(lineage_url, Outbound([_origin(lineage_url)])) if lineage_url else NoLineage(),
    )


def _responders(urls: Sequence[str], method: Literal["GET", "POST"]) -> OcspInTurn:
    outbound = Outbound([_origin(url) for url in urls])
    return OcspInTurn([OcspHttp(url, outbound, method=method) for url in urls])


def _revocation(
    settings: Settings,
    ocsp_source: OcspSource,
    crl_source: CrlSource,
    now: Callable[[], datetime],
    token_bytes: Callable[[int], bytes],
) -> RevocationCheck:
    by_ocsp = ByOcsp(
        ocsp_source,
        breaker=Breaker(time.monotonic),
        now=now,
        token_bytes=token_bytes,
        longest_cache=timedelta(seconds=settings.ocsp_cache_seconds),
    )
    lists: Lists = ByCrl(crl_source, now=now)
    if settings.crl_directory is not None:
        lists = IndexedLists(Catalogue(settings.crl_directory, max_bytes=settings.crl_max_bytes), now)
    return RevocationCheck(by_ocsp=by_ocsp, by_crl=lists, now=now)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """The other side of every conversation, for `idp demo`: J-LIS stand-in, residents' cards, card tray."""

    clock: Callable[[], datetime]
    jlis: WSGIApplication
    residents: list[Resident]
    anchors: list[tuple[CertificateKind, bytes]]
    tray: Callable[[Sequence[str]], WSGIApplication]


def sandbox(directory: Path, clock_file: Path, token_bytes: Callable[[int], bytes]) -> Sandbox:
    """Open the sandbox world in `directory`, founding it on first use (some seconds for its keys)."""
    from connectors.sandbox.clock import OffsetClock
    from connectors.sandbox.server import Jlis
    from connectors.sandbox.tray import tray_application
    from connectors.sandbox.world import World

    moving = OffsetClock(clock_file)
    world = World.open(directory) if directory.exists() else World.create(directory, moving(), token_bytes)
    return Sandbox(
        clock=moving,
        jlis=Jlis(world, moving),
        residents=world.residents(),
        anchors=world.anchors(),
        tray=lambda issuers: tray_application(world.residents, issuers),
    )


def new_keyfile(path: Path, unlock_file: Path, token_bytes: Callable[[int], bytes]) -> None:
    """Make an empty key file and the 32 random bytes that open it, both for the owner alone."""
    unlock_file.touch(0o600, exist_ok=False)
    unlock_file.write_bytes(token_bytes(32))
    KeyFile.new(path, read_unlock_key(unlock_file), token_bytes)
