"""Every module of the certification's plans has a row, and every row a test that runs."""

import pytest
from components.conformance_plans import collected, faults, read_plan, texts_of

MODULES = {
    "back-channel-logout": 2,
    "basic": 38,
    "config": 1,
    "dynamic": 23,
    "fapi2-key-dpop": 56,
    "fapi2-key-mtls": 48,
    "fapi2-message-signing": 70,
    "fapi2-mtls-dpop": 46,
    "fapi2-mtls-mtls": 38,
    "form-post-basic": 38,
    "front-channel-logout": 2,
    "identity-assurance": 12,
    "rp-initiated-logout": 11,
    "security-threats": 23,
}
"""How many modules each plan has where it is published, read from the suite's plan classes."""

SOUND = """
plan = "a-plan"
variant = "code"

[[row]]
module = "one"
must = "Something happens."
tests = ["tests/a.py::test_a[query]"]

[[row]]
module = "two"
must = "Something else happens."
tests = ["tests/a.py::test_b"]
"""
RUNNABLE = {"tests/a.py::test_a[query]", "tests/a.py::test_a[form_post]", "tests/a.py::test_b[1]"}
AGAIN = 'plan = "another"\nvariant = "form_post"\nlike = "sound"\nagain = ["[query]", "[form_post]"]\n'


@pytest.fixture(scope="module")
def plans():
    """Every plan by its file's name."""
    texts = texts_of()
    return {name: read_plan(name, texts) for name in texts}


@pytest.fixture(scope="module")
def runnable(plans):
    """What pytest collects of the files that are named."""
    return collected(test for plan in plans.values() for row in plan.rows for test in row.tests)


def test_every_plan_is_there(plans):
    """None is missing, and none is uncounted."""
    assert plans.keys() == MODULES.keys()


@pytest.mark.parametrize("name", MODULES)
def test_every_module_has_a_test_that_runs(plans, runnable, name):
    """As many modules as are published, each once, each with tests that pytest finds."""
    assert faults(plans[name], MODULES[name], runnable) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("", "", ""),
        ('module = "two"', 'module = "one"', "one: twice"),
        ('["tests/a.py::test_b"]', "[]", "two: no test"),
        ("Something else happens.", " ", "two: not said what must happen"),
        ("test_b", "test_c", "two: cannot be run: tests/a.py::test_c"),
        ("[query]", "[fragment]", "one: cannot be run: tests/a.py::test_a[fragment]"),
        ("a.py::test_b", "b.py::test_b", "two: cannot be run: tests/b.py::test_b"),
    ],
)
def test_a_faulty_row_is_found(old, new, fault):
    """Whatever a row can lack."""
    assert faults(read_plan("plan", {"plan": SOUND.replace(old, new)}), 2, RUNNABLE) == ([fault] if fault else [])


def test_a_missing_module_is_found():
    """By the number of those that are published."""
    assert faults(read_plan("plan", {"plan": SOUND}), 3, RUNNABLE) == ["2 modules instead of 3"]


def test_a_plan_may_be_another_one_run_again():
    """Its rows name the other runs of the same tests; what it leaves out is not there."""
    texts = {"sound": SOUND, "again": AGAIN, "less": AGAIN + 'without = ["two"]\n'}
    again = read_plan("again", texts)
    assert [row.tests for row in again.rows] == [("tests/a.py::test_a[form_post]",), ("tests/a.py::test_b",)]
    assert faults(again, 2, RUNNABLE) == []
    assert [row.module for row in read_plan("less", texts).rows] == ["one"]
