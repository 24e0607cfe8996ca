"""The key ceremony on a whole product, by command, in the key file and in a real OpenBao; and the key's return."""

import json
from itertools import combinations

import pytest
from components.custody import FileCustody
from components.custody_town import town_in, vault_environment
from components.openbao import OpenBao
from components.scale import against
from typer.testing import CliRunner

from idp.cli.main import app
from idp.registration import NewTenant

SECONDS = 60.0
"""A drill's bar: far under the half hour in which a municipality wants its key back."""


@pytest.fixture(params=["keyfile", "openbao"])
def aoba(request, tmp_path, founded_world):
    """A town with a tenant that waits for its key, `midori`, in either custody."""
    server = lambda: request.getfixturevalue("openbao")  # noqa: E731
    with town_in(request.param, tmp_path, founded_world, server) as made:
        if request.param == "openbao":
            for name in ("ppid-midori", "data-midori"):
                server().forget_key(name)
        made.product.administration.create_tenant(
            NewTenant(
                tenant_id="midori",
                issuer="http://localhost:8000/t/midori",
                name_ja="緑市（見本）",
                name_en="Midori",
                crest="緑",
                sandbox=True,
                ceremony=True,
            )
        )
        for kind, der in made.world.anchors():
            made.product.administration.load_anchor(made.product.directory.tenant("midori"), kind, der)
        made.midori = made.register("midori", "library")
        if request.param == "openbao":
            made.environment |= vault_environment(tmp_path, server(), admin="idp-ceremony")
        made.tokens = [officer(made, name) for name in ("head-of-it", "head-of-audit")]
        yield made


def idp(environment, *words):
    """`idp WORDS`; exit code, printed JSON or None, everything printed."""
    ran = CliRunner(env=environment).invoke(app, [str(word) for word in words])
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    return ran.exit_code, json.loads(ran.stdout) if ran.stdout else None, ran.output + ran.stderr


def officer(town, name):
    """A new officer's token, in a file."""
    token = town.product.trust.officers.add(town.product.directory.tenant("midori"), name).token
    file = town.folder / f"token-{name}"
    file.write_text(token)
    return file


def holders(town, number=1):
    """Where the five shares go."""
    folder = town.folder / f"holders-{number}"
    folder.mkdir(exist_ok=True)
    return [folder / f"share-{share}" for share in range(1, 6)]


def hold(town, number=1, *, tokens=None, minutes=None):
    """Hold a ceremony; what the command did."""
    words = ["--tenant", "midori", "--minutes", minutes or town.folder / f"minutes-{number}.json", "--json"]
    for token in tokens or town.tokens:
        words += ["--officer-token-file", token]
    for share in holders(town, number):
        words += ["--share-to", share]
    return idp(town.environment, "keys", "ceremony", *words)


def bring_back(environment, verb, minutes, shares):
    """A restore or a drill; what the command did."""
    words = ["--minutes", minutes, "--json"]
    for share in shares:
        words += ["--share", share]
    return idp(environment, "keys", *verb, *words)


def test_two_officers_bring_a_key_and_residents_get_numbers(aoba):
    """Minutes without secrets, private shares, an audit entry; the tenant that waited gives numbers."""
    code, minutes, printed = hold(aoba)
    assert (code, minutes["key_version"], minutes["officers"]) == (0, 1, ["head-of-it", "head-of-audit"])
    assert (len(minutes["shares"]), minutes["shares_needed"], minutes["openssl_vectors_checked"]) == (5, 3, 4)
    texts = [share.read_text() for share in holders(aoba)]
    assert {share.stat().st_mode & 0o777 for share in holders(aoba)} == {0o600}
    kept = printed + (aoba.folder / "minutes-1.json").read_text()
    assert not any(text.splitlines()[-1] in kept for text in texts)
    assert not any(token.read_text() in kept for token in aoba.tokens)
    aoba.product.directory.refresh()
    assert aoba.product.directory.tenant("midori").ppid_key_version == 1
    assert len(aoba.sign_in(aoba.midori)["sub"]) == 43
    with aoba.product.store.engine.connect() as connection:
        told = connection.exec_driver_sql("SELECT body FROM audit_entry WHERE action = 'keys.ppid-brought'").all()
    assert json.loads(told[0][0])["ceremony"] == minutes["ceremony"]


def test_the_next_version_comes_from_the_next_ceremony(aoba):
    """Numbers given under the first stay; new pairs are under the second; each has shares of its own."""
    assert hold(aoba)[0] == 0
    aoba.product.directory.refresh()
    before = aoba.sign_in(aoba.midori)["sub"]
    code, minutes, _ = hold(aoba, 2)
    assert (code, minutes["key_version"]) == (0, 2)
    aoba.product.directory.refresh()
    assert aoba.product.directory.tenant("midori").ppid_key_version == 2
    assert aoba.sign_in(aoba.midori)["sub"] == before
    mixed = [*holders(aoba, 1)[:2], holders(aoba, 2)[2]]
    code, _, said = bring_back(aoba.environment, ["restore"], aoba.folder / "minutes-1.json", mixed)
    assert code == 1
    assert "not one of the ceremony" in said


def test_one_officer_alone_makes_no_key(aoba):
    """The same token twice, a token of nobody: refused before a share is written or a key is made."""
    stranger = aoba.folder / "stranger"
    stranger.write_text("A" * 43)
    for tokens in ([aoba.tokens[0]] * 2, [aoba.tokens[0], stranger], [stranger, aoba.tokens[1]]):
        code, _, _ = hold(aoba, tokens=tokens)
        assert code == 1
        assert not any(share.exists() for share in holders(aoba))
    aoba.product.directory.refresh()
    assert aoba.product.directory.tenant("midori").ppid_key_version == 0
    assert hold(aoba)[1]["key_version"] == 1


def test_nothing_is_overwritten(aoba):
    """A share or minutes that lie there already stop the ceremony before it begins."""
    holders(aoba)[4].write_text("somebody's")
    assert hold(aoba)[0] == 2
    assert holders(aoba)[4].read_text() == "somebody's"
    assert not holders(aoba)[0].exists()


def test_a_key_made_inside_takes_no_ceremony_in_vault(aoba, request):
    """Vault lets nobody add to a key of its own: refused, and the version in use stays."""
    if "openbao" in request.node.name:
        officers = aoba.product.trust.officers
        tokens = []
        for name in ("one", "two"):
            tokens.append(aoba.folder / name)
            tokens[-1].write_text(officers.add(aoba.product.directory.tenant("aoba"), name).token)
        words = ["--tenant", "aoba", "--minutes", aoba.folder / "m.json", "--json"]
        for token in tokens:
            words += ["--officer-token-file", token]
        for share in holders(aoba, 9):
            words += ["--share-to", share]
        code, _, said = idp(aoba.environment, "keys", "ceremony", *words)
        assert code == 1
        assert "made inside Vault" in said
    aoba.product.directory.refresh()
    assert aoba.product.directory.tenant("aoba").ppid_key_version == 1


@pytest.fixture
def empty(request, aoba, tmp_path):
    """The settings of a custody of the same kind that has nothing."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    database = {"IDP_MODE": "sandbox", "IDP_DATABASE_URL": f"sqlite:///{folder / 'idp.db'}"}
    if "keyfile" in request.node.name:
        custody = FileCustody(folder / "keys")
        (folder / "unlock").touch(0o600)
        (folder / "unlock").write_bytes(custody.unlock_key)
        yield database | {"IDP_KEYFILE": str(folder / "keys"), "IDP_KEYFILE_UNLOCK_FILE": str(folder / "unlock")}
        return
    with OpenBao(folder) as server:
        yield database | vault_environment(folder, server, admin="idp-ceremony")


@pytest.mark.prove_ppid
def test_three_shares_bring_the_key_back_into_an_empty_custody(aoba, empty):
    """Drilled with timing: 1 000 known answers are byte-equal; wrong, too few and foreign shares bring nothing."""
    assert hold(aoba)[0] == 0
    minutes, shares = aoba.folder / "minutes-1.json", holders(aoba)
    drill = ["ceremony", "--drill"]
    assert bring_back(aoba.environment, drill, minutes, shares[:3])[0] == 1  # not empty
    assert bring_back(empty, drill, minutes, shares[:2])[0] == 2
    code, _, said = bring_back(empty, drill, minutes, [shares[0], shares[1], shares[1]])
    assert (code, "different shares" in said) == (1, True)
    broken = shares[2].with_suffix(".broken")
    text = shares[2].read_text()
    broken.write_text(text[:-3] + ("A" if text[-3] != "A" else "B") + text[-2:])
    assert bring_back(empty, drill, minutes, [shares[0], shares[1], broken])[0] == 2
    code, told, _ = bring_back(empty, drill, minutes, [shares[4], shares[1], shares[3]])
    assert (code, told["brought"], told["known_answers_equal"]) == (0, True, 1000)
    assert "data-midori" in told["not_in_the_shares"]
    against("key restored from 3 shares, 1 000 known answers", told["seconds"], SECONDS, "s")
    code, told, _ = bring_back(empty, ["restore"], minutes, shares[:3])
    assert (code, told["brought"], told["known_answers_equal"]) == (0, False, 1000)


def test_any_three_holders_are_enough(aoba):
    """All ten combinations of three give the key that serves."""
    assert hold(aoba)[0] == 0
    for some in combinations(holders(aoba), 3):
        code, told, _ = bring_back(aoba.environment, ["restore"], aoba.folder / "minutes-1.json", some)
        assert (code, told["known_answers_equal"]) == (0, 1000)


def test_minutes_that_were_altered_bring_nothing_back(aoba, empty):
    """A known answer changed, answers missing, another format: refused before anything is brought."""
    assert hold(aoba)[0] == 0
    minutes = json.loads((aoba.folder / "minutes-1.json").read_text())
    answers = minutes["known_answers"]
    for changed in (
        {"known_answers": [answers[1], *answers[1:]]},
        {"known_answers": answers[1:]},
        {"format": "ppid-idp-ceremony/9"},
        {"version": "1"},
        {"shares": None},
    ):
        file = aoba.folder / "altered.json"
        file.write_text(json.dumps(minutes | changed))
        assert bring_back(empty, ["restore"], file, holders(aoba)[:3])[0] in (1, 2)
    code, told, _ = bring_back(empty, ["ceremony", "--drill"], aoba.folder / "minutes-1.json", holders(aoba)[:3])
    assert (code, told["brought"]) == (0, True)


def test_no_secret_is_left_behind(aoba):
    """The key is in no file: not whole, and in no share's bytes; the command line held none either."""
    assert hold(aoba)[0] == 0
    files = [file for file in aoba.folder.rglob("*") if file.is_file()]
    named = {file for file in files if file.name.startswith("share-")}
    assert len(named) == 5
    codes = [share.read_text().splitlines()[-1] for share in holders(aoba)]
    for file in set(files) - named:
        content = file.read_bytes()
        assert not any(code.encode() in content or code.replace(" ", "").encode() in content for code in codes)
