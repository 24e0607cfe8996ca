"""`idp ppid migrate`: from the dry run to the end, by commands."""

import json

import pytest
from components.migrating import Kit, read_mapping
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey, RSAKey

SHORT = (
    rsa.generate_private_key(65537, 1024)
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
)


@pytest.fixture
def kit(aoba):
    """The town of the commands."""
    return Kit(aoba)


@pytest.fixture
def migrate(idp):
    """`idp ppid migrate WORDS --tenant T --json`."""

    def command(*words, tenant="aoba"):
        return idp("ppid", "migrate", *words, "--tenant", tenant, "--json")

    return command


@pytest.fixture
def approved(idp, kit, migrate, tmp_path):
    """Start and let two officers approve: the migration's id."""

    def start(*words, tenant="aoba"):
        proposal = migrate("start", *words, tenant=tenant).json["proposal"]
        for number, token in enumerate(kit.officers(tenant)):
            file = tmp_path / f"token-{number}"
            file.write_text(token)
            assert idp("approve", proposal, "--tenant", tenant, "--token-file", file, "--json").code == 0
        return migrate("status", tenant=tenant).json[-1]["migration"]

    return start


def test_a_compromise_from_the_dry_run_to_the_end(kit, migrate, approved, tmp_path, idp):
    """Counts and references on every way, a mapping file that the service alone opens, the ledger; no number."""
    made = kit.town
    old = kit.numbers(made.library, ["hanako", "ichiro"])
    kit.rotate()
    key = ECKey.generate_key("P-256")
    (tmp_path / "library.pem").write_bytes(key.as_pem(private=False))
    words = ("--reason", "compromise", "--key-version", 1, "--key", f"library={tmp_path / 'library.pem'}")
    dry = migrate("plan", *words)
    assert dry.json["numbers"] == 2
    assert dry.json["services"] == {"library": 2, "childcare": 0, "school": 0}
    assert dry.json["without_mapping_file"] == ["childcare", "school"]
    assert migrate("status").json == []
    migration = approved(*words)
    assert migrate("status", migration).json["state"] == "moving"
    early = migrate("mapping", migration, "--service", "library", "--out", tmp_path / "early")
    assert (early.code, (tmp_path / "early").exists()) == (1, False)
    kit.work()
    status = migrate("status", migration).json
    library = next(row for row in status["progress"] if row["service"] == "library")
    assert (status["state"], status["changed"]) == ("open", 2)
    assert (library["moved"], library["received"], library["left"]) == (2, 0, 0)
    out = tmp_path / "library.mapping"
    assert migrate("mapping", migration, "--service", "library", "--out", out).json["lines"] == 1
    assert out.stat().st_mode & 0o777 == 0o600
    (line,) = read_mapping(made, out.read_bytes(), made.library, key)
    assert sorted(pair[0] for pair in line["numbers"]) == sorted(old)
    assert [dict(line["numbers"])[sub] for sub in old] == kit.numbers(made.library, ["hanako", "ichiro"])
    assert (
        next(r for r in migrate("status", migration).json["progress"] if r["service"] == "library")["received"]
        == 2
    )
    assert migrate("mapping", migration, "--service", "library", "--out", out).code == 2
    assert migrate("finish", migration).code == 1
    assert migrate("finish", migration, "--early").json["state"] == "finished"
    told = idp("ppid", "ledger", "--tenant", "aoba", "--json")
    assert [entry["operation"] for entry in told.json["entries"]] == [
        "migration.started",
        "migration.moved",
        "migration.mapped",
        "migration.finished",
    ]
    everything = dry.out + told.out + json.dumps(status)
    assert not any(number in everything for number in old)


def test_a_service_moves_and_goes_back_by_command(kit, migrate, approved):
    """`abort` is answered at once, done by the worker, and told by `status`."""
    made = kit.town
    before = kit.numbers(made.library)
    words = ("--reason", "sector", "--service", "library", "--to-sector", "family")
    assert migrate("plan", *words).json["services"] == {"library": 1}
    migration = approved(*words)
    kit.work()
    assert migrate("abort", migration).json["state"] == "aborting"
    kit.work()
    assert migrate("status", migration).json["state"] == "aborted"
    assert kit.numbers(made.library) == before
    assert migrate("resume", migration).code == migrate("abort", migration).code == 1


def test_a_merger_by_command(kit, migrate, approved):
    """Release at the one, merger at the other."""
    made = kit.town
    made.register("wakaba", "library")
    old = kit.numbers(made.library)
    there = ("--service", "library", "--other-tenant", "wakaba", "--other-service", "library")
    approved("--reason", "release", *there)
    here = ("--service", "library", "--other-tenant", "aoba", "--other-service", "library")
    assert migrate("plan", "--reason", "merger", *here, tenant="wakaba").json["numbers"] == len(old)
    migration = approved("--reason", "merger", *here, tenant="wakaba")
    kit.work()
    status = migrate("status", migration, tenant="wakaba").json
    assert (status["state"], status["changed"]) == ("open", 1)


REFUSED = {
    "the key is not rotated": (("--reason", "compromise", "--key-version", 1), 1),
    "no such version": (("--reason", "compromise", "--key-version", 7), 1),
    "no such sector": (("--reason", "compromise", "--key-version", 1, "--sector", "nobody"), 1),
    "no such service": (("--reason", "sector", "--service", "nobody", "--to-sector", "family"), 1),
    "where it is": (("--reason", "sector", "--service", "school", "--to-sector", "family"), 1),
    "to nowhere": (("--reason", "sector", "--service", "library"), 1),
    "to itself": (
        ("--reason", "merger", "--service", "library", "--other-tenant", "aoba", "--other-service", "school"),
        1,
    ),
    "no window": (("--reason", "sector", "--service", "library", "--to-sector", "family", "--window-days", 0), 1),
    "no reason": (("--reason", "boredom"), 2),
    "no key file": (
        ("--reason", "sector", "--service", "library", "--to-sector", "family", "--key", "library=/nowhere"),
        2,
    ),
    "a key of another service": (
        ("--reason", "sector", "--service", "library", "--to-sector", "family", "--key", "school=/dev/null"),
        2,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_planned_is_refused_before_anybody_approves(look, quiet_town, name):
    """One sentence, and nothing is proposed."""
    words, code = REFUSED[name]
    for verb in ("plan", "start"):
        ran = look("ppid", "migrate", verb, *words, "--tenant", "aoba", "--json")
        assert (ran.code, ran.out) == (code, ""), ran.err
    assert quiet_town.rows("proposal") == 0


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[",
        b"not a key",
        RSAKey.generate_key(2048).as_pem(private=True),
        SHORT,
        json.dumps(ECKey.generate_key("P-256").as_dict(private=True)).encode(),
        b'{"kty":"oct","k":"AAAA"}',
        b'{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}',
    ],
)
def test_what_is_no_strong_public_key_encrypts_no_mapping_file(look, tmp_path, text):
    """A private key, a secret, a short one, garbage: refused without being echoed."""
    file = tmp_path / "key"
    file.write_bytes(text)
    words = ("--reason", "sector", "--service", "library", "--to-sector", "family", "--key", f"library={file}")
    ran = look("ppid", "migrate", "plan", *words, "--tenant", "aoba", "--json")
    assert (ran.code, ran.out) == (1, "")
    assert "PRIVATE" not in ran.err


def test_an_unknown_migration_is_refused(look):
    """On every verb."""
    for verb in ("status", "abort", "resume", "finish"):
        assert look("ppid", "migrate", verb, "00", "--tenant", "aoba", "--json").code == 1
