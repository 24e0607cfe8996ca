"""`idp terminal enrol|list|revoke`, and the methods of tenants and services."""

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from idp.japan import day_in_japan

PLACE = "本庁舎1階 市民課2番窓口"


def pem(folder, key=None):
    """A public key in a file."""
    file = folder / "terminal.pem"
    public = (key or ec.generate_private_key(ec.SECP256R1())).public_key()
    file.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return file


@pytest.fixture
def enrol(idp, aoba, tmp_path):
    """`enrol(**changes)`: the ordinary command with some options replaced."""
    last_day = day_in_japan(aoba.clock()) + timedelta(days=30)

    def run(terminal_id="mado-2", **changes):
        options = {
            "--tenant": "aoba", "--place": PLACE, "--service": "library", "--last-day": last_day.isoformat(),
            "--public-key": changes.pop("key", None) or pem(tmp_path), **changes,
        }  # fmt: skip
        return idp(
            "terminal", "enrol", terminal_id, *(word for pair in options.items() for word in pair), "--json"
        )

    return run


def test_a_terminal_is_enrolled_listed_and_revoked(idp, aoba, enrol):
    """Each act has its entry in the audit trail; a revoked id is not used again."""
    made = enrol().json
    assert (made["id"], made["place"], made["services"], made["state"]) == ("mado-2", PLACE, ["library"], "live")
    assert made["expires_at"].endswith("T00:00:00+09:00")
    assert idp("terminal", "revoke", "mado-2", "--tenant", "aoba", "--json").json["state"] == "revoked"
    assert [row["state"] for row in idp("terminal", "list", "--tenant", "aoba", "--json").json] == ["revoked"]
    assert "mado-2" in idp("terminal", "list", "--tenant", "aoba").out
    assert enrol().error == "a terminal of that id was enrolled before"
    assert idp("terminal", "revoke", "mado-2", "--tenant", "aoba", "--json").code == 1
    with aoba.product.store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT action, body FROM audit_entry").all()
    found = {action: json.loads(body) for action, body in rows if action.startswith("terminal.")}
    assert found["terminal.enrolled"]["clients"] == [aoba.library.client_id]
    assert found["terminal.revoked"] == {"terminal": "mado-2"}


def test_a_terminal_may_learn_user_numbers_or_not(idp, enrol):
    """Not by itself; from its enrolment on, or later; and no longer."""

    def shown():
        return {
            row["id"]: row["user_numbers"] for row in idp("terminal", "list", "--tenant", "aoba", "--json").json
        }

    enrol()
    assert shown() == {"mado-2": False}
    change = ("terminal", "user-numbers", "mado-2", "--tenant", "aoba", "--json")
    assert idp(*change, "--allow").json == {"id": "mado-2", "user_numbers": True}
    assert shown() == {"mado-2": True}
    assert idp(*change, "--forbid").json["user_numbers"] is False
    assert shown() == {"mado-2": False}
    assert idp("terminal", "user-numbers", "mado-9", "--tenant", "aoba", "--allow", "--json").code == 1


def test_terminals_belong_to_their_tenant(idp, enrol):
    """Another tenant neither lists nor revokes it."""
    enrol()
    assert idp("terminal", "list", "--tenant", "wakaba", "--json").json == []
    assert idp("terminal", "revoke", "mado-2", "--tenant", "wakaba", "--json").code == 1


REFUSED = (
    (1, {"terminal_id": "Mado 2"}),
    (1, {"--place": " "}),
    (1, {"--place": "窓口\u202e"}),
    (1, {"--service": "nowhere"}),
    (1, {"--last-day": "2001-01-01"}),
    (1, {"--last-day": "2099-01-01"}),
    (2, {"--last-day": "tomorrow"}),
    (2, {"key": __file__}),
    (2, {"key": "/nonexistent"}),
)


def test_what_cannot_be_enrolled(idp, enrol, tmp_path):
    """One sentence and its exit code, and no terminal; a key is on P-256 and on nothing else."""
    for code, changes in REFUSED:
        ran = enrol(**changes)
        assert (ran.code, ran.out) == (code, ""), changes
        assert ran.error
    ran = enrol(key=pem(tmp_path, rsa.generate_private_key(65537, 2048)))
    assert (ran.code, ran.error) == (1, "a terminal's key is an elliptic curve key on P-256")
    assert idp("terminal", "list", "--tenant", "aoba", "--json").json == []


def test_kazashi_is_switched_on_by_tenant_and_service(idp, aoba):
    """The tenant's switch goes both ways; a service names the method with the level, and not one alone."""
    assert idp("tenant", "settings", "aoba", "--kazashi", "--json").json["methods"] == ["kazashi"]
    assert idp("tenant", "settings", "aoba", "--json").json["methods"] == ["kazashi"]
    create = ("service", "create", "desk", "--tenant", "aoba", "--name-ja", "窓口")
    create += ("--redirect-uri", "http://127.0.0.1:8901/callback", "--json")
    assert idp(*create, "--minimum-acr", "aal1").code == 1
    assert idp(*create, "--method", "kazashi").code == 1
    assert idp(*create, "--minimum-acr", "aal1", "--method", "tap").code == 1
    assert idp(*create, "--minimum-acr", "aal1", "--method", "kazashi").code == 0
    shown = idp("service", "show", "desk", "--tenant", "aoba", "--json").json
    assert (shown["minimum_acr"], shown["methods"]) == ("aal1", ["kazashi"])
    assert idp("tenant", "settings", "aoba", "--no-kazashi", "--json").json["methods"] == []
