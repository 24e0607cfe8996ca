"""`idp sandbox card insert`: what it refuses before it becomes a reader (which tests/card sees it do)."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from idp.cli.main import app


@pytest.mark.parametrize(
    ("resident", "data", "code", "sentence"),
    [
        ("nobody", "demo", 1, "no such resident, or no such device of theirs\n"),
        ("../hanako", "demo", 1, "no such resident, or no such device of theirs\n"),
        ("sora", "demo", 1, "no such resident, or no such device of theirs\n"),
        ("hanako", "nowhere", 3, "{data} holds no sandbox; `idp demo` founds one\n"),
    ],
)
def test_it_says_what_is_missing(
    tmp_path: Path, founded_world: Path, resident: str, data: str, code: int, sentence: str
) -> None:
    """One sentence, the usual exit codes, nothing written; a child has no phone."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "sandbox").symlink_to(founded_world)
    words = [
        "sandbox",
        "card",
        "insert",
        resident,
        "--data",
        str(tmp_path / data),
        "--dir",
        str(tmp_path / "reader"),
    ]
    result = CliRunner().invoke(app, [*words, "--phone"])
    assert (result.exit_code, result.stderr) == (code, sentence.format(data=tmp_path / data))
    assert not (tmp_path / "reader").exists()
