"""`idp collect` and `idp exchange`: from the key to the verdicts, as a municipality does it."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from components.listed import listed_town
from typer.testing import CliRunner

from idp.cli.main import app

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def listed(tmp_path_factory, founded_world):
    """A town with lists."""
    with listed_town(tmp_path_factory.mktemp("listed"), founded_world) as made:
        yield made


@pytest.fixture
def command(listed, monkeypatch):
    """`idp WORDS --json`: (exit code, standard output as JSON or None)."""
    for name in [name for name in os.environ if name.startswith("IDP_")]:
        monkeypatch.delenv(name)

    def run(*words, typed=None, environment=listed.environment):
        result = CliRunner(env=environment).invoke(app, [*map(str, words), "--json"], input=typed)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, json.loads(result.stdout) if result.stdout.strip() else None

    return run


@pytest.fixture
def key(command, tmp_path):
    """The device's key file."""
    assert command("collect", "key", "--tenant", "aoba", "--out", tmp_path / "key.json")[0] == 0
    return tmp_path / "key.json"


def card(listed, resident):
    """A resident's software card."""
    return next(r.card for r in listed.town.world.residents() if r.id == resident)


def test_cards_are_collected_offline_and_verified_later(listed, command, key, tmp_path):
    """A revoked card among two; the device had no setting of ours and no network."""
    shelter = tmp_path / "shelter.jwel"
    script = "from idp.cli.main import main; main()"
    words = (
        ["unshare", "--net", sys.executable, "-c", script] if os.geteuid() == 0 else [sys.executable, "-c", script]
    )
    options = ["--key", key, "--place", "青葉小学校", "--out", shelter, "--json"]
    ran = subprocess.run(
        [*words, "collect", "record", card(listed, "hanako"), card(listed, "jun"), *options],
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    assert (json.loads(ran.stdout)["recorded"], json.loads(ran.stdout)["total"]) == (2, 2)
    code, found = command("collect", "verify", shelter, "--tenant", "aoba", "--out", tmp_path / "result.csv")
    assert code == 1
    assert (found["records"], found["revoked"], found["not_listed"]) == (2, 1, 1)
    assert (tmp_path / "result.csv").stat().st_mode & 0o777 == 0o600
    text = (tmp_path / "result.csv").read_text(encoding="utf-8").removeprefix("\ufeff")
    assert [row["status"] for row in csv.DictReader(io.StringIO(text))] == ["revoked", "not_listed"]


def test_typed_numbers_are_checked_one_by_one(listed, command, key, tmp_path):
    """Each is recorded as it comes; one that is none is refused, one that comes twice is noticed."""
    options = ("--key", key, "--place", "公民館", "--out", tmp_path / "a.jwel", "--typed")
    typed = f"{listed.good[1]:x}\nno serial\n\n0x{listed.good[1]:X}\n"
    code, found = command("collect", "record", *options, typed=typed, environment={})
    assert code == 1
    assert (found["recorded"], found["repeated"], found["refused"], found["total"]) == (1, 1, 1, 1)
    code, found = command("collect", "record", *options, "--decimal", typed="255\n", environment={})
    assert (code, found["total"]) == (0, 2)
    code, found = command("collect", "verify", tmp_path / "a.jwel", "--tenant", "aoba")
    assert (code, found["not_listed"], found["missing_lines"]) == (0, 2, 0)


def test_a_cut_file_is_reported(listed, command, key, tmp_path):
    """Lines that are missing or broken, and exit code 1."""
    path = tmp_path / "a.jwel"
    options = ("--key", key, "--place", "公民館", "--out", path, "--typed")
    command("collect", "record", *options, typed="1\n2\n3\n", environment={})
    lines = path.read_text(encoding="ascii").splitlines()
    path.write_text("\n".join([lines[0], lines[1][:-9], lines[3]]) + "\n", encoding="ascii")
    code, found = command("collect", "verify", path, "--tenant", "aoba")
    assert (code, found["broken_lines"], found["missing_lines"]) == (1, 1, 2)
    assert found["missing"][0].endswith(" 2-3")


@pytest.mark.parametrize("place", ["", "x" * 201, "a\nb"])
def test_a_place_that_is_none_is_refused(command, key, tmp_path, place):
    """Before anything is recorded."""
    words = ("collect", "record", "--key", key, "--place", place, "--out", tmp_path / "a.jwel", "--typed")
    assert command(*words, typed="1\n", environment={})[0] == 2
    assert not (tmp_path / "a.jwel").exists()


def test_the_key_is_made_once_and_rotated_when_asked(command, key):
    """Its file is public."""
    again, other = (command("collect", "key", "--tenant", "aoba", *more)[1] for more in ([], ["--new"]))
    first = json.loads(key.read_text(encoding="utf-8"))
    assert again == first
    assert other["key"]["kid"] != first["key"]["kid"]
    assert "d" not in other["key"]
    assert first["names"]["ja"] == "青葉市（見本）"


def test_a_page_is_written_for_a_key(command, key, tmp_path):
    """One file; a wrong key makes none."""
    assert command("collect", "page", "--key", key, "--out", tmp_path / "collect.html")[0] == 0
    assert "青葉市（見本）" in (tmp_path / "collect.html").read_text(encoding="utf-8")
    (tmp_path / "bad.json").write_text("{}", encoding="ascii")
    assert command("collect", "page", "--key", tmp_path / "bad.json", "--out", tmp_path / "x.html")[0] == 2
    assert not (tmp_path / "x.html").exists()


def test_serial_lists_are_exchanged(listed, command, tmp_path):
    """One whole, one not yet, one refused."""
    box = tmp_path / "exchange" / "aoba" / "in"
    box.mkdir(parents=True)
    for name, text in {"good.csv": f"kind,serial\nuser,{listed.good[1]:x}\n", "bad.csv": "x\n"}.items():
        (box / name).write_text(text, encoding="ascii")
        (box / (name + ".ready")).touch()
    (box / "late.csv").write_text("kind,serial\n", encoding="ascii")
    code, found = command("exchange", "run", tmp_path / "exchange", "--tenant", "aoba")
    assert (code, found) == (1, {"answered": 1, "refused": 1, "resumed": 0, "waiting": 1})
    code, found = command("exchange", "run", tmp_path / "exchange", "--tenant", "aoba")
    assert (code, found["waiting"]) == (0, 1)


def test_without_a_place_for_lists_both_say_so(listed, command, tmp_path):
    """A usage error."""
    environment = {name: value for name, value in listed.environment.items() if "CRL" not in name}
    for words in (("collect", "verify", tmp_path / "a"), ("exchange", "run", tmp_path)):
        assert command(*words, "--tenant", "aoba", environment=environment)[0] == 2
