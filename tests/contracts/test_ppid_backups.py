"""Backup and restore, by command: onto an empty machine, all as it was, nothing readable without the key."""

import json
import threading
from pathlib import Path

import pytest
from components.custody_town import vault_environment
from components.openbao import OpenBao
from components.postgres import Postgres
from components.scale import against, at_least
from components.town import town
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from joserfc import jwe
from typer.testing import CliRunner

from idp import background
from idp.backup import container
from idp.backup.recipient import read_private
from idp.cli.main import app

RESTORE_SECONDS = 120.0
"""A restore's bar at this size: the promise is a quarter of an hour for a municipality."""


def idp(environment, *words):
    """`idp WORDS --json`; exit code, printed JSON or None, everything said."""
    clean = {name: value for name, value in environment.items() if value is not None}
    ran = CliRunner(env=clean).invoke(app, [*(str(word) for word in words), "--json"])
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    told = ran.stdout[ran.stdout.find("{\n") :]  # in this process log lines come before it
    return ran.exit_code, json.loads(told) if told.startswith("{") else None, ran.output + ran.stderr


@pytest.fixture
def aoba(aoba):
    """A town whose trail its server has sealed: an old one without seals is a finding."""
    background.seal_all(aoba.product.store, aoba.product.directory, aoba.clock)
    return aoba


@pytest.fixture
def keys(tmp_path):
    """The operator's pair: the private file, the public file."""
    private, public = tmp_path / "elsewhere.pem", tmp_path / "backup-key.json"
    assert idp({}, "backup", "keygen", "--private-key-file", private, "--public-key", public)[0] == 0
    assert private.stat().st_mode & 0o777 == 0o600
    return private, public


def made(aoba, keys, name="backup"):
    """A backup of the town: its file and what the command printed."""
    file = aoba.folder / name
    code, told, said = idp(aoba.environment, "backup", "create", "--recipient", keys[1], "--out", file)
    assert code == 0, said
    return file, told


def elsewhere(aoba, folder, *, unlock=True):
    """The settings of an empty machine of the same kind; the unlock key comes by another way."""
    folder.mkdir()
    changed = {
        "IDP_DATABASE_URL": f"sqlite:///{folder / 'idp.db'}",
        "IDP_KEYFILE": str(folder / "keys"),
        "IDP_KEYFILE_UNLOCK_FILE": str(folder / "unlock"),
        "IDP_CRL_DIRECTORY": str(folder / "crl"),
    }
    if unlock:
        (folder / "unlock").touch(0o600)
        (folder / "unlock").write_bytes(Path(aoba.environment["IDP_KEYFILE_UNLOCK_FILE"]).read_bytes())
    return aoba.environment | changed


def subs(town_):
    """What services of both tenants are told of two residents."""
    services = (town_.library, town_.childcare, town_.parking)
    return [town_.sign_in(service, resident)["sub"] for service in services for resident in ("hanako", "ichiro")]


def moved(aoba, environment):
    """The town, now served by another machine."""
    aoba.environment = environment
    aoba.product = aoba.build()
    aoba.product.directory.refresh()
    return aoba


@pytest.mark.prove_ppid
def test_an_empty_machine_goes_on_as_if_nothing_had_happened(aoba, keys, tmp_path):
    """Timed, after three rotations: numbers, audit trail, 1 000 answers of each key version are byte-equal."""
    before = subs(aoba)
    for _ in range(3):
        aoba.product.custody.ppid_key.rotate(aoba.product.directory.tenant("aoba"))
    file, told = made(aoba, keys)
    assert (told["database"], told["custody"], told["tenants"]) == ("sqlite", "keyfile", ["aoba", "wakaba"])
    assert file.stat().st_mode & 0o777 == 0o600
    environment = elsewhere(aoba, tmp_path / "new")
    code, told, _ = idp(environment, "backup", "restore", file, "--private-key-file", keys[0])
    assert (code, told["state"], told["problems"], told["missing"]) == (0, "checked", [], [])
    assert (told["tenants_checked"], told["known_answers_equal"]) == (2, 5000)
    at_least(
        "known answers, byte-equal after three rotations and a restore", told["known_answers_equal"], 1000, ""
    )
    against("restore on an empty machine", told["seconds"], RESTORE_SECONDS, "s")
    assert subs(moved(aoba, environment)) == before
    assert idp(environment, "audit", "verify", "--tenant", "aoba")[0] == 0


def test_a_plain_look_at_a_backup_shows_nothing(aoba, keys):
    """No row, no tenant, no header of a database or key file is to be seen; two backups share no bytes."""
    subs(aoba)
    file, _ = made(aoba, keys)
    content = file.read_bytes()
    head = content[: content.index(b"\n", 20)]
    body = content[len(head) :]
    for canary in (
        b"SQLite format 3",
        b"idp-keyfile",
        b"aoba",
        b"wakaba",
        b"library",
        b"CREATE TABLE",
        b"ppid_digest",
    ):
        assert canary not in body
    private = Path(aoba.environment["IDP_KEYFILE_UNLOCK_FILE"]).read_bytes()
    assert private not in content
    again, _ = made(aoba, keys, "again")
    chunks = {body[at : at + 64] for at in range(0, len(body) - 64, 64)}
    other = again.read_bytes()
    assert not any(chunk in other for chunk in list(chunks)[:200])


def test_nothing_is_overwritten(aoba, keys, tmp_path):
    """A database, a key file or a backup that is there stays as it is, and nothing is half restored."""
    file, _ = made(aoba, keys)
    content = file.read_bytes()
    assert idp(aoba.environment, "backup", "create", "--recipient", keys[1], "--out", file)[0] == 1
    assert file.read_bytes() == content
    assert idp(aoba.environment, "backup", "restore", file, "--private-key-file", keys[0])[0] == 1
    for name in ("idp.db", "keys"):
        environment = elsewhere(aoba, tmp_path / f"occupied-{name}")
        occupied = tmp_path / f"occupied-{name}" / name
        occupied.write_bytes(b"somebody's")
        code, _, said = idp(environment, "backup", "restore", file, "--private-key-file", keys[0])
        assert (code, "already" in said) == (1, True)
        assert occupied.read_bytes() == b"somebody's"
        assert {path.name for path in occupied.parent.iterdir()} <= {name, "unlock", "keys.lock"}


def test_what_is_missing_is_said_and_the_check_comes_later(aoba, keys, tmp_path):
    """Without the unlock key the machine is restored and says so; with it, `idp backup check` proves all."""
    file, _ = made(aoba, keys)
    environment = elsewhere(aoba, tmp_path / "new", unlock=False)
    environment["IDP_LINEAGE_URL"] = None
    code, told, _ = idp(environment, "backup", "restore", file, "--private-key-file", keys[0])
    assert code == 0
    assert told["missing"] == ["IDP_LINEAGE_URL is not set", "IDP_KEYFILE_UNLOCK_FILE names no file"]
    assert told["state"].startswith("restored, not checked")
    assert "the file of IDP_KEYFILE_UNLOCK_FILE" in told["not_in_the_backup"]
    assert idp(environment, "backup", "check", file, "--private-key-file", keys[0])[0] == 1
    unlock = tmp_path / "new" / "unlock"
    unlock.touch(0o600)
    unlock.write_bytes(Path(aoba.environment["IDP_KEYFILE_UNLOCK_FILE"]).read_bytes())
    code, told, _ = idp(environment, "backup", "check", file, "--private-key-file", keys[0])
    assert (code, told["state"], told["known_answers_equal"]) == (0, "checked", 2000)


def test_another_key_is_noticed(aoba, keys, tmp_path):
    """A machine whose PPID key is not the one of the backup is told so, by its known answers."""
    file, _ = made(aoba, keys)
    with town(_folder(tmp_path, "other"), aoba.folder / "world") as other:
        code, told, _ = idp(other.environment, "backup", "check", file, "--private-key-file", keys[0])
    assert code == 1
    assert told["problems"] == [
        "PPID key version 1 of tenant aoba is another key",
        "PPID key version 1 of tenant wakaba is another key",
    ]


def _folder(parent, name):
    folder = parent / name
    folder.mkdir()
    return folder


def test_a_damaged_backup_restores_nothing(aoba, keys, tmp_path):
    """Altered, cut off anywhere, with something behind it, for another key: one sentence, nothing written."""
    file, _ = made(aoba, keys)
    content = file.read_bytes()
    frames = content.index(b"\n", 20) + 1
    steps = range(frames, len(content), max(1, (len(content) - frames) // 12))
    damaged = [content[:at] for at in (0, 5, frames - 1, *steps)]
    damaged += [content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :] for at in (0, 40, *steps)]
    damaged += [content + b"\0", content + content[frames:], content[:frames]]
    environment = elsewhere(aoba, tmp_path / "new")
    broken = tmp_path / "broken"
    for bad in damaged:
        broken.write_bytes(bad)
        code, _, said = idp(environment, "backup", "restore", broken, "--private-key-file", keys[0])
        assert (code, "Traceback" in said) == (1, False)
    other = tmp_path / "other.pem", tmp_path / "other.json"
    idp({}, "backup", "keygen", "--private-key-file", other[0], "--public-key", other[1])
    code, _, said = idp(environment, "backup", "restore", file, "--private-key-file", other[0])
    assert (code, "does not open with this key" in said) == (1, True)
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"unlock"}


def test_the_format_is_the_published_one(aoba, keys):
    """Whoever has the private key reads a backup without this product: a JWE, then AES-GCM frames."""
    file, _ = made(aoba, keys)
    lines = file.read_bytes().split(b"\n", 2)
    assert lines[0] == b"ppid-idp-backup/1"
    registry = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"])
    opened = jwe.decrypt_compact(lines[1], read_private(keys[0]), registry=registry)
    assert list(json.loads(opened.plaintext)) == ["content_key"]
    with file.open("rb") as stream:
        kinds = [kind for kind, _ in container.frames(stream, read_private(keys[0]))]
    assert (kinds[0], kinds[-1], kinds.count(container.PART)) == (b"P", b"M", 2)
    pem = load_pem_private_key(keys[0].read_bytes(), None).private_numbers().private_value.to_bytes(32, "big")
    assert pem not in file.read_bytes() + keys[1].read_bytes()
    assert (
        load_pem_private_key(keys[0].read_bytes(), None)
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"format": "x"}', b'{"format": "ppid-idp-backup-key/1", "key": {}}']
)
def test_what_is_no_public_key_is_refused(aoba, tmp_path, content):
    """Neither garbage nor anything with a private half is taken for the recipient."""
    file = tmp_path / "recipient"
    file.write_bytes(content)
    assert idp(aoba.environment, "backup", "create", "--recipient", file, "--out", tmp_path / "b")[0] == 1
    assert not (tmp_path / "b").exists()


def test_a_backup_under_load_is_of_one_moment(aoba, keys, tmp_path):
    """While people sign in for the first time: what is restored is whole, and its trail is unbroken."""
    stop, known, failures = threading.Event(), {}, []

    def visit():
        try:
            for resident in ("hanako", "ichiro"):
                for service in (aoba.library, aoba.childcare, aoba.parking):
                    known[(service.client_id, resident)] = aoba.sign_in(service, resident)["sub"]
                    if stop.is_set():
                        return
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)

    visitor = threading.Thread(target=visit)
    visitor.start()
    file, _ = made(aoba, keys)
    stop.set()
    visitor.join()
    assert failures == []
    environment = elsewhere(aoba, tmp_path / "new")
    assert idp(environment, "backup", "restore", file, "--private-key-file", keys[0])[0] == 0
    stored = aoba.rows("pair")
    moved(aoba, environment)
    assert aoba.rows("pair") <= stored
    assert aoba.rows("pair") == aoba.rows("pair_grant")
    assert idp(environment, "audit", "verify", "--tenant", "aoba")[0] == 0


@pytest.mark.prove_ppid
def test_postgresql_and_openbao_come_back_on_empty_servers(tmp_path, founded_world, keys):
    """A dump and a raft snapshot, put on another PostgreSQL and another OpenBao: timed, byte-equal."""
    with Postgres() as postgres, OpenBao(_folder(tmp_path, "bao"), storage="raft") as bao:
        database, backup_role = postgres.database(), bao.role("idp-backup")
        environment = vault_environment(tmp_path, bao) | database.environment | database.backup_environment
        for name, value in zip(("ROLE", "SECRET"), backup_role, strict=True):
            (tmp_path / name).write_text(value)
            environment[f"IDP_VAULT_BACKUP_{name}_ID_FILE"] = str(tmp_path / name)
        with town(
            tmp_path, founded_world, environment=environment, owner_url=database.owner_url, keyfile=False
        ) as aoba:
            before = subs(aoba)
            file, told = made(aoba, keys)
            assert (told["database"], told["custody"]) == ("postgresql", "raft")
            bao.kill()
            empty = postgres.database(empty=True)
            with OpenBao(_folder(tmp_path, "bao-2"), storage="raft") as other:
                place = aoba.environment | {
                    "IDP_VAULT_ADDRESS": other.address,
                    "IDP_VAULT_CA_FILE": str(other.ca_file),
                }
                snapshot = tmp_path / "vault.snap"
                words = ("backup", "restore", file, "--private-key-file", keys[0], "--vault-snapshot", snapshot)
                code, told, said = idp(place | empty.owner_environment, *words)
                assert code == 0, said
                assert told["state"].startswith("restored, not checked")
                restored_in = told["seconds"]
                assert idp(place | empty.owner_environment, *words)[0] == 1
                other.take_over(snapshot, bao)
                code, told, said = idp(
                    place | empty.environment, "backup", "check", file, "--private-key-file", keys[0]
                )
                assert code == 0, said
                assert (told["tenants_checked"], told["known_answers_equal"]) == (2, 2000)
                against("restore of PostgreSQL and OpenBao", restored_in, RESTORE_SECONDS, "s")
                aoba.product.store.engine.dispose()
                assert subs(moved(aoba, place | empty.environment)) == before
