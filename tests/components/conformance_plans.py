"""The tables of `tests/conformance/plans`: what each module of a certification plan demands, and what tests it.

One TOML file per plan and variant:

    plan = "oidcc-basic-certification-test-plan"      # its published name
    variant = "code, client_secret_basic"             # what was chosen of it
    like = "basic"                                    # optional: the rows of that file come first ...
    again = ["[query]", "[form_post]"]                # ... with this part of their tests' names replaced by that
    without = ["oidcc-..."]                           # ... and without these modules

    [[row]]
    module = "oidcc-server"                           # the published name of the test module
    must = "One sentence: what has to happen."
    tests = ["tests/conformance/test_basic_login.py::test_a_login[query]"]

A test is a node id of pytest; without the bracket it means every run of that function.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "conformance" / "plans"


@dataclass(frozen=True)
class Row:
    """One module of a plan."""

    module: str
    must: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """One file of the folder."""

    plan: str
    variant: str
    rows: tuple[Row, ...]


def read_plan(name: str, texts: Mapping[str, str]) -> Plan:
    """The plan of one file, with what it takes over from another. `texts`: the files' contents by name.

    Raises KeyError for a member that is missing, TOMLDecodeError for a text that is none.
    """
    told = tomllib.loads(texts[name])
    own = [Row(row["module"], row["must"], tuple(row["tests"])) for row in told.get("row", [])]
    inherited: Iterable[Row] = ()
    if "like" in told:
        old, new = told.get("again", ("", ""))
        left_out = set(told.get("without", ()))
        inherited = [
            replace(row, tests=tuple(test.replace(old, new) for test in row.tests))
            for row in read_plan(told["like"], texts).rows
            if row.module not in left_out
        ]
    return Plan(told["plan"], told["variant"], (*inherited, *own))


def texts_of(folder: Path = FOLDER) -> dict[str, str]:
    """Every file's content by its name without the suffix."""
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.toml"))}


class _Collector:
    """A plugin that keeps which tests there are to run."""

    def __init__(self) -> None:
        self.nodes: set[str] = set()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """See pytest's hooks."""
        self.nodes = {item.nodeid for item in session.items}


def collected(tests: Iterable[str]) -> set[str]:
    """The node ids that pytest would run of the files that these tests name, skipped and failing ones left out.

    In this process: what the tests of the product import has been imported here by then.
    """
    files = sorted({test.split("::")[0] for test in tests})
    there = [str(ROOT / file) for file in files if (ROOT / file).is_file()]
    collector = _Collector()
    marks = "not skip and not skipif and not xfail"
    arguments = ["--collect-only", "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"), "-m", marks, *there]
    assert pytest.main(arguments, plugins=[collector]) == pytest.ExitCode.OK
    return collector.nodes


def faults(plan: Plan, modules: int, runnable: set[str]) -> Sequence[str]:
    """What is wrong with a plan of which so many modules are published, given the tests that can be run."""
    runs = runnable | {node.split("[")[0] for node in runnable}
    names = [row.module for row in plan.rows]
    wrong = [f"{name}: twice" for name in sorted(set(names)) if names.count(name) > 1]
    wrong += [f"{row.module}: no test" for row in plan.rows if not row.tests]
    wrong += [f"{row.module}: not said what must happen" for row in plan.rows if not row.must.strip()]
    wrong += [
        f"{row.module}: cannot be run: {test}" for row in plan.rows for test in row.tests if test not in runs
    ]
    if len(names) != modules:
        wrong.append(f"{len(names)} modules instead of {modules}")
    return wrong
