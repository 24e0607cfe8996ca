"""Settings: each one typed, unknown names refused, nothing of development in production, no value ever echoed."""

import re
from pathlib import Path

import pytest

from idp.settings import Mode, Settings, SettingsRefused, read_settings

ROOT = Path(__file__).parents[2]
CANARY = "c4n4ry-s3cret"
FILE_CUSTODY = {"IDP_KEYFILE": "/etc/idp/keys", "IDP_KEYFILE_UNLOCK_FILE": "/etc/idp/unlock"}
VAULT_CUSTODY = {
    "IDP_VAULT_ADDRESS": "https://vault.example",
    "IDP_VAULT_ROLE_ID_FILE": "/etc/idp/role",
    "IDP_VAULT_SECRET_ID_FILE": "/etc/idp/secret",
}
ADMIN_IDENTITY = {
    "IDP_VAULT_ADMIN_ROLE_ID_FILE": "/etc/idp/admin-role",
    "IDP_VAULT_ADMIN_SECRET_ID_FILE": "/etc/idp/admin-secret",
}
EMBEDDED = {"IDP_DATABASE_URL": "sqlite:////var/lib/idp/idp.db"}
SHARED = {"IDP_DATABASE_URL": "postgresql+psycopg://idp@db/idp", "IDP_REDIS_URL": "rediss://redis.example"}
TYPED = {
    "mode": ("sandbox", Mode.SANDBOX),
    "database_url": ("sqlite:///x.db", "sqlite:///x.db"),
    "database_password_file": ("/s/db", Path("/s/db")),
    "redis_url": ("unix:///run/redis.sock", "unix:///run/redis.sock"),
    "redis_password_file": ("/s/redis", Path("/s/redis")),
    "keyfile": ("/s/keys", Path("/s/keys")),
    "keyfile_unlock_file": ("/s/unlock", Path("/s/unlock")),
    "home_url": ("https://www.city.example/", "https://www.city.example/"),
    "source_header": ("X-Real-IP", "X-Real-IP"),
    "vault_address": ("https://v.example", "https://v.example"),
    "vault_ca_file": ("/s/ca.pem", Path("/s/ca.pem")),
    "vault_role_id_file": ("/s/role", Path("/s/role")),
    "vault_secret_id_file": ("/s/secret", Path("/s/secret")),
    "vault_backup_role_id_file": ("/s/backup-role", Path("/s/backup-role")),
    "vault_backup_secret_id_file": ("/s/backup-secret", Path("/s/backup-secret")),
    "backup_database_url": ("postgresql+psycopg://b@h/idp", "postgresql+psycopg://b@h/idp"),
    "backup_database_password_file": ("/s/backup-password", Path("/s/backup-password")),
    "vault_wrapped_secret_id_file": ("/s/wrapped", Path("/s/wrapped")),
    "vault_admin_wrapped_secret_id_file": ("/s/admin-wrapped", Path("/s/admin-wrapped")),
    "vault_json_strings": ("50000", 50_000),
    "vault_admin_role_id_file": ("/s/admin-role", Path("/s/admin-role")),
    "vault_admin_secret_id_file": ("/s/admin-secret", Path("/s/admin-secret")),
    "bind_address": ("::1", "::1"),
    "port": ("8443", 8443),
    "workers": ("1", 1),
    "threads": ("4", 4),
    "log_level": ("warning", "warning"),
    "management_socket": ("/run/idp.sock", Path("/run/idp.sock")),
    "ocsp_url": ("https://j.example/ocsp", "https://j.example/ocsp"),
    "ocsp_method": ("GET", "GET"),
    "ocsp_cache_seconds": ("0", 0),
    "ocsp_signing_certificate_file": ("/s/asker.pem", Path("/s/asker.pem")),
    "ocsp_signing_key_file": ("/s/asker.key", Path("/s/asker.key")),
    "va_url": ("https://va.example/ocsp", "https://va.example/ocsp"),
    "va_certificate_file": ("/s/va.pem", Path("/s/va.pem")),
    "crl_url": ("https://j.example/crl", "https://j.example/crl"),
    "crl_folder": ("/s/delivered", Path("/s/delivered")),
    "crl_directory": ("/s/crl", Path("/s/crl")),
    "crl_scope": ("both", "both"),
    "crl_refresh_seconds": ("0", 0),
    "crl_max_bytes": ("4096", 4096),
    "lineage_url": ("https://j.example/lineage", "https://j.example/lineage"),
    "ties_url": ("https://j.example/ties", "https://j.example/ties"),
    "latest_url": ("https://j.example/latest", "https://j.example/latest"),
    "worker_threads": ("4", 4),
    "worker_socket": ("/run/worker.sock", Path("/run/worker.sock")),
    "code_seconds": ("30", 30),
    "request_uri_seconds": ("30", 30),
    "event_delay_seconds": ("0", 0),
    "event_networks": ("10.1.0.0/16 fd00::/8", "10.1.0.0/16 fd00::/8"),
    "event_ca_file": ("/s/ca.pem", Path("/s/ca.pem")),
    "api_requests_per_minute": ("60", 60),
    "api_serials_per_day": ("1000", 1000),
    "card_host_key_file": ("/s/card-host", Path("/s/card-host")),
    "mtls_host_key_file": ("/s/mtls.key", Path("/s/mtls.key")),
    "tray_url": ("http://localhost:8009", "http://localhost:8009"),
    "sample_command": ("card LINK", "card LINK"),
    "signing_key_days": ("30", 30),
    "signing_key_kept_days": ("400", 400),
    "exchange_directory": ("/srv/exchange", Path("/srv/exchange")),
    "clock_file": ("/s/clock", Path("/s/clock")),
}
"""Setting -> (as written in the environment, as read); every setting there is."""
PARTNERS = {
    "ocsp_signing_certificate_file": "ocsp_signing_key_file",
    "ocsp_signing_key_file": "ocsp_signing_certificate_file",
    "va_url": "va_certificate_file",
    "va_certificate_file": "va_url",
}
"""Setting -> the one without which it is refused."""


def refusal(environment):
    """The sentence with which an environment is refused."""
    with pytest.raises(SettingsRefused) as refused:
        read_settings(environment)
    return str(refused.value)


def test_the_table_of_this_file_knows_every_setting():
    """A new setting needs a row here."""
    assert set(Settings.model_fields) <= set(TYPED)


@pytest.mark.parametrize("name", [name for name in TYPED if name in Settings.model_fields])
def test_each_setting_is_read_with_its_type(name):
    """From IDP_NAME."""
    written, read = TYPED[name]
    custody = FILE_CUSTODY if "vault" not in name else VAULT_CUSTODY | ADMIN_IDENTITY
    partner = {f"IDP_{PARTNERS[name].upper()}": TYPED[PARTNERS[name]][0]} if name in PARTNERS else {}
    environment = {"IDP_MODE": "sandbox", **EMBEDDED, **custody, **partner, f"IDP_{name.upper()}": written}
    value = getattr(read_settings(environment), name)
    assert (value, type(value)) == (read, type(read))


def test_production_is_what_nobody_asked_for():
    """Defaults are the safe ones, and other programs' variables do not matter."""
    settings = read_settings({**EMBEDDED, **FILE_CUSTODY, "PATH": "/bin", "XIDP_MODE": "sandbox", "HOME": CANARY})
    assert settings.mode is Mode.PRODUCTION
    assert (settings.bind_address, settings.workers, settings.management_socket) == ("127.0.0.1", 1, None)
    assert (settings.ocsp_url, settings.clock_file, settings.tray_url) == (None, None, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IDP_MODE", "development"),
        ("IDP_MODE", "Production"),
        ("IDP_PORT", "0"),
        ("IDP_PORT", "65536"),
        ("IDP_PORT", CANARY),
        ("IDP_PORT", ""),
        ("IDP_WORKERS", "0"),
        ("IDP_WORKERS", "65"),
        ("IDP_WORKERS", "1.5"),
        ("IDP_HOME_URL", "www.city.example"),
        ("IDP_HOME_URL", "javascript:https://www.city.example/"),
        ("IDP_HOME_URL", "https://www.city.example/\r\nSet-Cookie: a=b"),
        ("IDP_SOURCE_HEADER", "X-Real-IP, X-Forwarded-For"),
        ("IDP_THREADS", "0"),
        ("IDP_THREADS", "17"),
        ("IDP_WORKER_THREADS", "0"),
        ("IDP_WORKER_THREADS", "9"),
        ("IDP_CODE_SECONDS", "4"),
        ("IDP_CODE_SECONDS", "61"),
        ("IDP_REQUEST_URI_SECONDS", "4"),
        ("IDP_REQUEST_URI_SECONDS", "91"),
        ("IDP_EVENT_DELAY_SECONDS", "-1"),
        ("IDP_EVENT_DELAY_SECONDS", "86401"),
        ("IDP_EVENT_NETWORKS", CANARY),
        ("IDP_EVENT_NETWORKS", "10.0.0.1/8"),
        ("IDP_OCSP_METHOD", "PUT"),
        ("IDP_OCSP_CACHE_SECONDS", "-1"),
        ("IDP_CRL_SCOPE", "shard"),
        ("IDP_CRL_REFRESH_SECONDS", "-1"),
        ("IDP_CRL_REFRESH_SECONDS", "86401"),
        ("IDP_LOG_LEVEL", "debug"),
        ("IDP_LOG_LEVEL", CANARY),
        ("IDP_MODE", CANARY),
    ],
)
def test_a_value_out_of_range_is_named_and_not_shown(name, value):
    """One sentence that begins with the variable."""
    sentence = refusal({**EMBEDDED, **FILE_CUSTODY, name: value})
    assert sentence.startswith(f"{name} ")
    assert len(sentence.splitlines()) == 1
    assert CANARY not in sentence


@pytest.mark.parametrize(
    "name",
    ["IDP_DATABASE_PASSWORD", "IDP_VAULT_SECRET_ID", "IDP_KEYFILE_UNLOCK", "IDP_DEBUG", "IDP_PROT", "IDP_PORT_"],
)
def test_an_unknown_name_is_refused(name):
    """A misspelt setting, or a secret by value instead of by file: named, its value not shown."""
    assert refusal({**EMBEDDED, **FILE_CUSTODY, name: CANARY}) == f"{name} is not a setting of this version"


@pytest.mark.parametrize(
    ("place", "sources", "sentence"),
    [
        (EMBEDDED, {"IDP_CRL_URL": "http://j/crl"}, None),
        (EMBEDDED, {"IDP_CRL_FOLDER": "/delivered"}, None),
        (SHARED, {"IDP_CRL_DIRECTORY": "/s/crl"}, None),
        (SHARED, {"IDP_CRL_URL": "http://j/crl", "IDP_CRL_DIRECTORY": "/s/crl"}, None),
        (SHARED, {"IDP_CRL_URL": "http://j/crl"}, "need IDP_CRL_DIRECTORY"),
        (SHARED, {"IDP_CRL_FOLDER": "/delivered"}, "need IDP_CRL_DIRECTORY"),
        (EMBEDDED, {"IDP_CRL_URL": "http://j/crl", "IDP_CRL_FOLDER": "/delivered"}, "two sources"),
    ],
)
def test_a_source_of_lists_needs_a_place_for_them(place, sources, sentence):
    """Beside an embedded database there is one; elsewhere it has to be named. One source, not two."""
    environment = {**place, **FILE_CUSTODY, **sources}
    if sentence is not None:
        assert sentence in refusal(environment)
        return
    named = sources.get("IDP_CRL_DIRECTORY", "/var/lib/idp/crl")
    assert read_settings(environment).lists_directory == Path(named)


def test_without_a_source_there_is_no_place_for_lists():
    """Unless somebody names one, for `idp crl load`."""
    assert read_settings({**EMBEDDED, **FILE_CUSTODY}).lists_directory is None


def test_every_problem_is_told_at_once():
    """One sentence per line, none of the values."""
    lines = refusal({**FILE_CUSTODY, "IDP_PORT": CANARY, "IDP_NOPE": CANARY}).splitlines()
    assert sorted(line.split()[0] for line in lines) == ["IDP_DATABASE_URL", "IDP_NOPE", "IDP_PORT"]
    assert not any(CANARY in line for line in lines)


def test_no_secret_is_a_value_of_the_environment():
    """What sounds secret is the path of a file."""
    secret = [
        name for name in Settings.model_fields if {"password", "secret", "unlock", "role"} & set(name.split("_"))
    ]
    assert len(secret) >= 7
    assert all(name.endswith("_file") for name in secret)


@pytest.mark.parametrize(
    "custody",
    [
        {},
        {"IDP_KEYFILE": "/k"},
        {"IDP_KEYFILE_UNLOCK_FILE": "/u"},
        {name: value for name, value in VAULT_CUSTODY.items() if name != "IDP_VAULT_ADDRESS"},
        {name: value for name, value in VAULT_CUSTODY.items() if name != "IDP_VAULT_SECRET_ID_FILE"},
        {**FILE_CUSTODY, **VAULT_CUSTODY},
    ],
    ids=["none", "no-unlock", "no-keyfile", "no-address", "no-secret-id", "both"],
)
def test_key_custody_is_one_and_whole(custody):
    """Neither half a custody nor two."""
    assert refusal({**EMBEDDED, **custody}).startswith("key custody needs either")


@pytest.mark.parametrize("name", ADMIN_IDENTITY)
def test_the_identity_of_administration_is_whole(name):
    """Half of it is refused; it may be left out."""
    environment = {**EMBEDDED, **VAULT_CUSTODY}
    assert refusal({**environment, name: "/x"}).endswith("belong together")
    assert read_settings(environment).vault_admin_role_id_file is None


@pytest.mark.parametrize("name", PARTNERS)
def test_half_a_pair_is_refused(name):
    """A certificate without its key, a validation authority without address: neither is guessed."""
    assert refusal({**EMBEDDED, **FILE_CUSTODY, f"IDP_{name.upper()}": "/x"}).endswith("belong together")


def test_signed_requests_are_not_sent_by_get():
    """They are longer than a URL that caches keep."""
    names = ("ocsp_signing_certificate_file", "ocsp_signing_key_file")
    signing = {f"IDP_{name.upper()}": TYPED[name][0] for name in names}
    assert "GET" in refusal({**EMBEDDED, **FILE_CUSTODY, **signing, "IDP_OCSP_METHOD": "GET"})


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("IDP_DATABASE_URL", f"postgresql+psycopg://idp:{CANARY}@db/idp"),
        ("IDP_REDIS_URL", f"rediss://:{CANARY}@redis.example"),
        ("IDP_OCSP_URL", f"https://idp:{CANARY}@j.example/ocsp"),
        ("IDP_VA_URL", f"https://idp:{CANARY}@va.example/ocsp"),
        ("IDP_CRL_URL", f"https://idp:{CANARY}@j.example/crl"),
        ("IDP_LINEAGE_URL", f"https://idp:{CANARY}@j.example/lineage"),
        ("IDP_TIES_URL", f"https://idp:{CANARY}@j.example/ties"),
        ("IDP_LATEST_URL", f"https://idp:{CANARY}@j.example/latest"),
        ("IDP_VAULT_ADDRESS", f"https://idp:{CANARY}@vault.example"),
    ],
)
def test_a_password_in_a_url_is_refused_and_not_shown(name, url):
    """`config check` prints URLs: a password has a file of its own."""
    custody = VAULT_CUSTODY if "VAULT" in name else FILE_CUSTODY
    sentence = refusal({**EMBEDDED, **custody, name: url})
    assert sentence == f"{name} holds a password: put it into a file of its own"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IDP_LINEAGE_URL", "http://j.example/lineage"),
        ("IDP_TIES_URL", "http://j.example/ties"),
        ("IDP_LATEST_URL", "http://j.example/latest"),
        ("IDP_CLOCK_FILE", "/s/clock"),
        ("IDP_TRAY_URL", "http://localhost:8009"),
        ("IDP_VAULT_ADDRESS", "http://vault.example"),
    ],
)
def test_what_belongs_to_the_sandbox_is_refused_in_production(name, value):
    """The same environment is taken as soon as the mode says sandbox."""
    environment = {**EMBEDDED, **(VAULT_CUSTODY if "VAULT" in name else FILE_CUSTODY), name: value}
    assert name in refusal(environment)
    assert str(getattr(read_settings(environment | {"IDP_MODE": "sandbox"}), name[4:].lower())) == value


@pytest.mark.parametrize(
    ("parts", "taken"),
    [
        (EMBEDDED, False),
        ({**EMBEDDED, "IDP_REDIS_URL": "redis://r"}, False),
        ({"IDP_DATABASE_URL": SHARED["IDP_DATABASE_URL"]}, False),
        (SHARED, True),
    ],
    ids=["sqlite", "sqlite-redis", "postgresql", "postgresql-redis"],
)
def test_many_workers_need_shared_parts(parts, taken):
    """The embedded store and in-process state belong to one process."""
    environment = {**parts, **FILE_CUSTODY, "IDP_WORKERS": "2"}
    if taken:
        assert read_settings(environment).workers == 2
    else:
        assert refusal(environment) == "more than one worker needs PostgreSQL and IDP_REDIS_URL"
        assert read_settings(environment | {"IDP_WORKERS": "1"}).workers == 1


def test_the_embedded_database_is_known_by_its_file():
    """Which the server locks; there is none with PostgreSQL."""
    embedded = read_settings({**EMBEDDED, **FILE_CUSTODY})
    assert (embedded.embedded, embedded.embedded_database) == (True, Path("/var/lib/idp/idp.db"))
    shared = read_settings({**SHARED, **FILE_CUSTODY})
    assert (shared.embedded, shared.embedded_database) == (False, None)


def test_settings_do_not_change_afterwards():
    """They are frozen."""
    settings = read_settings({**EMBEDDED, **FILE_CUSTODY})
    with pytest.raises(ValueError, match="frozen"):
        settings.mode = Mode.SANDBOX


def test_the_deployments_settings_are_ours():
    """The file to begin with, and what its comments offer; nginx sets the header that it names."""
    lines = (ROOT / "deploy/systemd/environment").read_text().splitlines()
    given = dict(line.removeprefix("#").split("=", 1) for line in lines if re.match("#?IDP_", line))
    settings = read_settings({name: value.strip('"') for name, value in given.items()})
    assert (settings.mode, settings.embedded, settings.workers) == (Mode.PRODUCTION, False, 2)
    assert len(settings.vault_address.split()) == 3
    assert settings.source_header == "X-Real-IP"
    assert "$remote_addr" in re.search(r"X-Real-IP\s+(\S+);", (ROOT / "deploy/nginx/idp.conf").read_text())[1]
