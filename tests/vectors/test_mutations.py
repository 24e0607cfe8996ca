"""Every typed reason has a check, and turning the check off makes a test fail.

At small scale every mutation is shown to apply, and two are run; at full scale each runs in a copy of the product.
"""

import ast
import os
import shutil
import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest
from components.scale import scaled
from vectors.mutations import GATE, MUTATIONS, NATIONAL_LISTS, Mutation

from idp.errors import Reason
from idp.jpki.crl_refused import CrlReason
from idp.jpki.path.reasons import PathReason

ROOT = Path(__file__).parents[2]
COPIED = ("idp", "connectors", "ppid", "tests", "pyproject.toml")
RUN = scaled([GATE[1], NATIONAL_LISTS[-11]], list(MUTATIONS))
TESTS_FAILED = 1
"""Pytest's status: any other is a test that could not run."""


def name_of(mutation: Mutation) -> str:
    """A mutation in one line."""
    return f"{mutation.reason} in {Path(mutation.file).name}: {mutation.text.strip()[:40]}"


@pytest.mark.parametrize("mutation", MUTATIONS, ids=name_of)
def test_a_mutation_applies(mutation):
    """Its text stands once in the product, is another without it, and still compiles; its test exists."""
    source = (ROOT / mutation.file).read_text(encoding="utf-8")
    assert source.count(mutation.text) == 1
    compile(source.replace(mutation.text, mutation.instead), mutation.file, "exec")
    file, _, node = mutation.test.partition("::")
    assert f"def {node.partition('[')[0]}" in (ROOT / file).read_text(encoding="utf-8")


def test_every_typed_reason_has_a_mutation():
    """Those of paths and lists, each thing that an OCSP answer can fail by, and what else is refused."""
    listed = {str(mutation.reason) for mutation in MUTATIONS}
    engine = list((ROOT / "idp" / "jpki").glob("*.py"))
    raised = {str(reason) for kind in (PathReason, CrlReason) for reason in kind}
    raised |= {words for file in engine for words in no_evidence(file)}
    raised |= {str(reason) for file in engine for reason in refusals(file)}
    assert raised <= listed


def refusals(file: Path) -> set[Reason]:
    """Each public reason that a module names."""
    names = (
        node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)
    )
    return {Reason[name.attr] for name in names if getattr(name.value, "id", "") == "Reason"}


def no_evidence(file: Path) -> set[str]:
    """The words of each `NoEvidence` that a module raises; a formatted one is given with its example."""
    calls = (node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    named = [call.args[0] for call in calls if getattr(call.func, "id", "") == "NoEvidence"]
    return {word.value if isinstance(word, ast.Constant) else "OCSP status TRY_LATER" for word in named}


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The product and its tests, to be spoilt."""
    folder = tmp_path_factory.mktemp("product")
    for part in COPIED:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__", "artefacts"))
        else:
            shutil.copy(source, folder / part)
    return folder


def run(folder: Path, *tests: str) -> int:
    """Pytest's status for tests of one folder of the copy, at small scale.

    Those of pure parts do without the fixtures of all tests, which take seconds to import.
    """
    where = str(Path(tests[0].partition("::")[0]).parent)
    pure = [] if "trust" in where else [f"--confcutdir={where}"]
    command = [sys.executable, "-m", "pytest", "-x", "--no-header", "--tb=no", *pure, *tests]
    environment = {k: v for k, v in os.environ.items() if k != "IDP_SCALE"} | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    return done.returncode


def by_folder() -> list[list[str]]:
    """The tests of the mutations that are run, those of one folder together."""
    tests = sorted({mutation.test for mutation in RUN})
    return [list(group) for _, group in groupby(tests, lambda test: Path(test.partition("::")[0]).parent)]


@pytest.mark.parametrize("tests", by_folder(), ids=len)
def test_the_copy_is_sound(copy, tests):
    """Unspoilt, the tests pass there, or their failures would prove nothing."""
    assert run(copy, *tests) == 0


@pytest.mark.parametrize("mutation", RUN, ids=name_of)
def test_without_its_check_the_test_fails(copy, mutation):
    """One check is turned off, and one test says so."""
    file = copy / mutation.file
    sound = file.read_text(encoding="utf-8")
    file.write_text(sound.replace(mutation.text, mutation.instead), encoding="utf-8")
    try:
        assert run(copy, mutation.test) == TESTS_FAILED
    finally:
        file.write_text(sound, encoding="utf-8")
