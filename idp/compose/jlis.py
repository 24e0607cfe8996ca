"""Ways to J-LIS and to validation authorities, by the settings, and the revocation check over them."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from cryptography import x509

from connectors.http import STALL_SECONDS, Outbound
from connectors.jlis.crl import CrlFolder, CrlHttp
from connectors.jlis.latest import LatestHttp
from connectors.jlis.lineage import LineageHttp
from connectors.jlis.ocsp import OcspHttp, OcspInTurn
from connectors.jlis.ties import TiesHttp
from connectors.jlis.unconfigured import NoLatest, NoLineage, NoOcsp, NoTies
from connectors.ports import CrlSource, LatestSource, LineageSource, OcspSource, TieSource
from idp.compose.custody import secret
from idp.jpki import ocsp
from idp.jpki.ocsp_request import RequestSignerRefused, read_request_signer
from idp.jpki.revocation import Method
from idp.jpki.trust import Anchor
from idp.jpki.va import AuthorityRefused, ValidationAuthority, read_validation_authority
from idp.revocation.assembly import AssembledLists, assemble_lists
from idp.revocation.breaker import Breaker
from idp.revocation.by_ocsp import ByOcsp, Judge
from idp.revocation.check import Lists, RevocationCheck
from idp.revocation.due import Scope
from idp.revocation.signed_questions import SignedQuestions
from idp.settings import Settings, SettingsRefused
from idp.store.crl_index.catalogue import Catalogue
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Tenant

_CRL_SECONDS = 900.0
"""A gigabyte over a line of ten megabits. No resident waits for that: see `by_crl`."""


def lineage_of(settings: Settings) -> LineageSource:
    """The linkage service; without an address it never answers, so that new persons are refused."""
    url = settings.lineage_url
    return LineageHttp(url, Outbound([_origin(url)])) if url else NoLineage()


def ties_of(settings: Settings) -> TieSource:
    """The service that ties user and signature certificates; without an address it never answers."""
    url = settings.ties_url
    return TiesHttp(url, Outbound([_origin(url)])) if url else NoTies()


def latest_of(settings: Settings) -> LatestSource:
    """The latest-information service; without an address it never answers, and logins go on without it."""
    url = settings.latest_url
    return LatestHttp(url, Outbound([_origin(url)])) if url else NoLatest()


def ocsp_of(settings: Settings) -> OcspSource:
    """The responders in turn; without an address none ever answers."""
    return _in_our_name(settings, _in_turn(settings)) if settings.ocsp_url else NoOcsp()


def responders(urls: Sequence[str]) -> OcspInTurn:
    """Responders that two officers named for a trust store."""
    outbound = Outbound([_origin(url) for url in urls])
    return OcspInTurn([OcspHttp(url, outbound) for url in urls])


def named_certificates(settings: Settings) -> list[tuple[str, x509.Certificate]]:
    """Certificates in files that the settings name, with what each is for."""
    named = (
        ("validation authority", settings.va_certificate_file),
        ("our OCSP requests", settings.ocsp_signing_certificate_file),
    )
    present = [(use, secret(file).encode()) for use, file in named if file is not None]
    return [(use, x509.load_pem_x509_certificate(pem)) for use, pem in present]


def _in_turn(settings: Settings) -> OcspInTurn:
    outbound = Outbound([_origin(url) for url in settings.ocsp_urls])
    return OcspInTurn([OcspHttp(url, outbound, method=settings.ocsp_method) for url in settings.ocsp_urls])


def _in_our_name(settings: Settings, source: OcspSource) -> OcspSource:
    """The source asked with signed requests, where the settings say who signs them."""
    certificate, key = settings.ocsp_signing_certificate_file, settings.ocsp_signing_key_file
    if certificate is None or key is None:
        return source
    try:
        signer = read_request_signer(secret(certificate).encode(), secret(key).encode())
    except RequestSignerRefused as error:
        raise SettingsRefused(
            f"IDP_OCSP_SIGNING_CERTIFICATE_FILE and IDP_OCSP_SIGNING_KEY_FILE: {error}"
        ) from error
    return SignedQuestions(source, signer)


def _validation_authority(settings: Settings) -> tuple[str, OcspSource, ValidationAuthority] | None:
    """Its URL, the way to it and who it is, where one is configured."""
    if settings.va_url is None or settings.va_certificate_file is None:
        return None
    try:
        authority = read_validation_authority(secret(settings.va_certificate_file).encode())
    except AuthorityRefused as error:
        raise SettingsRefused(f"IDP_VA_CERTIFICATE_FILE: {error}") from error
    way = OcspHttp(settings.va_url, Outbound([_origin(settings.va_url)]))
    return settings.va_url, OcspInTurn([way]), authority


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSource:
    """One configured responder by itself, for `idp ocsp check`: the way to it, and who judges its answers."""

    url: str
    method: Method
    source: OcspSource
    judge: Judge


def status_sources(settings: Settings) -> list[StatusSource]:
    """Every OCSP responder, then the validation authority, as logins ask them."""
    outbound = Outbound([_origin(url) for url in settings.ocsp_urls])
    sources = [
        StatusSource(
            url=url,
            method=Method.OCSP,
            source=_in_our_name(settings, OcspInTurn([OcspHttp(url, outbound, method=settings.ocsp_method)])),
            judge=ocsp.judge,
        )
        for url in settings.ocsp_urls
    ]
    if (va := _validation_authority(settings)) is not None:
        url, source, authority = va
        sources.append(StatusSource(url=url, method=Method.VA, source=source, judge=authority.judge))
    return sources


def lists_of(
    settings: Settings,
    directory: Directory,
    now: Callable[[], datetime],
    token_bytes: Callable[[int], bytes],
) -> AssembledLists:
    """Revocation lists: where they lie, where they come from, and how they are kept fresh."""
    return assemble_lists(
        _crl_source(settings),
        catalogue_of(settings),
        every=timedelta(seconds=settings.crl_refresh_seconds),
        scope=Scope(settings.crl_scope),
        anchors=lambda: anchors_of(directory.all()),
        now=now,
        monotonic=time.monotonic,
        token_bytes=token_bytes,
    )


def _crl_source(settings: Settings) -> CrlSource | None:
    max_bytes, url = settings.crl_max_bytes, settings.crl_url
    if settings.crl_folder is not None:
        return CrlFolder(settings.crl_folder, max_bytes=max_bytes)
    if url is None:
        return None
    outbound = Outbound(
        [_origin(url)], read_seconds=_CRL_SECONDS, stall_seconds=STALL_SECONDS, max_bytes=max_bytes
    )
    return CrlHttp(url, outbound)


def anchors_of(tenants: Iterable[Tenant]) -> list[Anchor]:
    """The trust anchors of these tenants, each once."""
    return list({anchor.spki_sha256: anchor for tenant in tenants for anchor in tenant.anchors}.values())


def catalogue_of(settings: Settings) -> Catalogue | None:
    """The indexed lists of this machine, where the settings give them a place."""
    if settings.lists_directory is None:
        return None
    return Catalogue(settings.lists_directory, max_bytes=settings.crl_max_bytes)


def revocation_check(
    settings: Settings, lists: Lists, now: Callable[[], datetime], token_bytes: Callable[[int], bytes]
) -> RevocationCheck:
    """The check by OCSP, lists and, where one is configured, a validation authority."""
    asked = partial(
        ByOcsp,
        now=now,
        token_bytes=token_bytes,
        longest_cache=timedelta(seconds=settings.ocsp_cache_seconds),
    )
    by_ocsp = asked(ocsp_of(settings), breaker=Breaker(time.monotonic))
    by_va = None
    if (va := _validation_authority(settings)) is not None:
        _, source, authority = va
        by_va = asked(source, breaker=Breaker(time.monotonic), method=Method.VA, judge=authority.judge)
    return RevocationCheck(by_ocsp=by_ocsp, by_crl=lists, by_va=by_va, now=now)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
