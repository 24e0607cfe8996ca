"""`idp config check`, exit codes 2 and 3, and the rules that every command keeps."""

import json
import sqlite3

import click
import pytest
import typer

from idp.cli.main import app

CANARY = "c4n4ry-s3cret"


def commands(group=None, words=()):
    """Every command with its words."""
    group = group or typer.main.get_command(app)
    for name, command in group.commands.items():
        if isinstance(command, click.Group) or hasattr(command, "commands"):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name), command


ALL = dict(commands())


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_speaks_json_and_says_what_it_does(look, words):
    """--json everywhere, and a help text for the command and each of its options."""
    options = {name for parameter in ALL[words].params for name in parameter.opts}
    assert "--json" in options
    ran = look(*words, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ALL[words].help.endswith(".")


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_no_command_takes_a_secret_on_its_line(words):
    """Command lines are seen by every process: secrets come from files and standard input."""
    options = {name for parameter in ALL[words].params for name in parameter.opts}
    telling = {
        name for name in options if any(word in name for word in ("secret", "password", "pin", "token", "key"))
    }
    # a version number, public keys, an X.509 extension, a card without a PIN, switches; secrets belong into files
    harmless = {
        "--key-version",
        "--key",
        "--public-key",
        "--extended-key-usage",
        "--pinless",
        "--passwords",
        "--passwords-online",
        "--passwords-by-letter",
        "--company-passwords",
        "--staff-passwords",
        "--passkeys",
        "--staff-passkeys",
        "--certificate-bound-access-tokens",
        "--dpop-bound-access-tokens",
    }
    assert {name for name in telling if not name.endswith("-file")} <= harmless


def test_every_noun_is_known():
    """The commands of today; a new one is added here and is thereby under the rules above."""
    nouns = {words[0] for words in ALL}
    assert nouns >= {
        "demo",
        "serve",
        "migrate",
        "config",
        "healthcheck",
        "tenant",
        "service",
        "ppid",
        "audit",
        "sandbox",
    }
    assert len(ALL) > 20


def test_config_check_prints_the_effective_settings(look, quiet_town):
    """By the name of their variable, defaults included, secrets as the files that they are."""
    checked = look("config", "check", "--json", IDP_THREADS="4")
    assert (checked.code, checked.err) == (0, "")
    for name, value in quiet_town.environment.items():
        assert checked.json[name] == value
    assert (checked.json["IDP_THREADS"], checked.json["IDP_PORT"]) == ("4", "8000")
    unlock = (quiet_town.folder / "unlock").read_bytes()
    assert unlock.hex() not in checked.out
    assert "IDP_THREADS" in look("config", "check", IDP_THREADS="4").out


def test_config_check_does_not_print_what_a_secret_file_holds(look, tmp_path):
    """Only where it lies."""
    file = tmp_path / "password"
    file.write_text(CANARY)
    checked = look("config", "check", "--json", IDP_DATABASE_PASSWORD_FILE=str(file))
    assert (checked.code, checked.json["IDP_DATABASE_PASSWORD_FILE"]) == (0, str(file))
    assert CANARY not in checked.out


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"IDP_PORT": CANARY}, "IDP_PORT "),
        ({"IDP_DATABASE_PASSWORD": CANARY}, "IDP_DATABASE_PASSWORD is not a setting of this version"),
        ({"IDP_DATABASE_URL": None}, "IDP_DATABASE_URL is not set"),
        ({"IDP_KEYFILE": None}, "key custody needs either"),
        ({"IDP_WORKERS": "2"}, "more than one worker needs PostgreSQL and IDP_REDIS_URL"),
        (
            {"IDP_MODE": "production", "IDP_CLOCK_FILE": "/c"},
            "IDP_CLOCK_FILE and IDP_TRAY_URL belong to the sandbox mode",
        ),
    ],
)
@pytest.mark.parametrize(
    "words", [("config", "check"), ("tenant", "list"), ("serve",), ("migrate",)], ids=" ".join
)
def test_settings_that_make_no_configuration_are_usage(look, words, changes, sentence):
    """Exit 2 from every command, before it does anything; the value stands nowhere."""
    ran = look(*words, "--json", **changes)
    assert (ran.code, ran.out) == (2, "")
    assert ran.error.startswith(sentence)
    assert CANARY not in ran.err


def test_an_absent_secret_file_is_usage(look):
    """Named by its variable from `config check`."""
    named = look("config", "check", "--json", IDP_KEYFILE_UNLOCK_FILE="/nonexistent/unlock")
    assert (named.code, named.error) == (2, "IDP_KEYFILE_UNLOCK_FILE names a file that cannot be read")
    other = look("tenant", "list", "--json", IDP_DATABASE_PASSWORD_FILE="/nonexistent/password")
    assert (other.code, other.error) == (
        2,
        "a _FILE setting names a file that cannot be read: idp config check says which",
    )


def test_a_database_that_was_not_migrated_is_refused(look, tmp_path):
    """Exit 1 with the remedy; after it, an empty list."""
    url = f"sqlite:///{tmp_path / 'new.db'}"
    refused = look("tenant", "list", "--json", IDP_DATABASE_URL=url)
    assert (refused.code, "run idp migrate" in refused.error) == (1, True)
    assert look("migrate", "--json", IDP_DATABASE_URL=url).json == {"schema": "current"}
    assert look("migrate", "--json", IDP_DATABASE_URL=url).json == {"schema": "current"}
    assert look("tenant", "list", "--json", IDP_DATABASE_URL=url).json == []


def test_a_key_file_open_to_others_is_refused(look, quiet_town, tmp_path):
    """Exit 1, and the sentence says which mode it must have."""
    loose = tmp_path / "keys"
    loose.write_bytes((quiet_town.folder / "keys").read_bytes())
    loose.chmod(0o644)
    ran = look("tenant", "list", "--json", IDP_KEYFILE=str(loose))
    assert (ran.code, ran.error.endswith("its mode must be 0600")) == (1, True)


def test_a_key_server_that_does_not_answer_is_unreachable(look, tmp_path):
    """Exit 3: trying again may help."""
    for name in ("role", "secret"):
        (tmp_path / name).write_text(CANARY)
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert look("migrate", IDP_DATABASE_URL=url).code == 0
    vault = {
        "IDP_DATABASE_URL": url,
        "IDP_KEYFILE": None,
        "IDP_KEYFILE_UNLOCK_FILE": None,
        "IDP_VAULT_ADDRESS": "https://127.0.0.1:1",
        "IDP_VAULT_ROLE_ID_FILE": str(tmp_path / "role"),
        "IDP_VAULT_SECRET_ID_FILE": str(tmp_path / "secret"),
    }
    words = ("tenant", "create", "midori", "--issuer", "https://id.midori.example", "--name-ja", "緑市")
    ran = look(*words, "--name-en", "Midori City", "--crest", "緑", "--json", **vault)
    assert (ran.code, ran.out) == (3, "")
    assert CANARY not in ran.err


def test_a_database_that_is_locked_by_another_is_unreachable(idp, aoba):
    """Exit 3 from a command that must write, with one sentence and no stack trace."""
    aoba.product.store.engine.dispose()
    holder = sqlite3.connect(aoba.folder / "idp.db", isolation_level=None)
    holder.execute("DROP TABLE client_secret")
    holder.close()
    ran = idp("service", "list", "--tenant", "aoba", "--json")
    assert (ran.code, json.loads(ran.err)) == (3, {"error": "the database does not answer"})


def test_no_server_on_the_management_socket_is_unreachable(look, tmp_path):
    """Exit 3; without the setting it is usage."""
    ran = look("healthcheck", "--json", IDP_MANAGEMENT_SOCKET=str(tmp_path / "nobody.sock"))
    assert (ran.code, ran.error) == (3, "no server answers on the management socket")
    assert look("healthcheck").code == 2


def test_config_check_waits_for_a_secret_id_that_arrives_wrapped(idp, tmp_path):
    """Neither the wrapped one nor the place where it will be kept need be there yet; without wrapping it must."""
    role = tmp_path / "role"
    role.write_text("role-id")
    vault = {
        "IDP_KEYFILE": None,
        "IDP_KEYFILE_UNLOCK_FILE": None,
        "IDP_VAULT_ADDRESS": "https://bao-1.example:8200 https://bao-2.example:8200",
        "IDP_VAULT_ROLE_ID_FILE": str(role),
        "IDP_VAULT_SECRET_ID_FILE": str(tmp_path / "kept"),
    }
    wrapped = {"IDP_VAULT_WRAPPED_SECRET_ID_FILE": str(tmp_path / "wrapped")}
    assert idp("config", "check", "--json", **vault, **wrapped).code == 0
    refused = idp("config", "check", "--json", **vault)
    assert (refused.code, refused.error) == (2, "IDP_VAULT_SECRET_ID_FILE names a file that cannot be read")
