"""House rules as tests: what a review would otherwise have to notice."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("ppid", "connectors", "idp")
FILES = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
TABLES = {"idp/store/migrations/versions/0001_the_first_schema.py"}
READS_CLOCK = {
    "connectors/card/counter/commands.py",
    "connectors/sandbox/clock.py",
    "idp/cli/context.py",
    "idp/logs.py",
    "idp/wsgi.py",
}
READS_ENVIRONMENT = {"connectors/card/main.py", "idp/cli/context.py", "idp/cli/serving.py", "idp/wsgi.py"}
READS_CHANCE = {
    "connectors/card/counter/commands.py",
    "connectors/sandbox/card/__main__.py",
    "idp/cli/context.py",
    "idp/cli/demo.py",
    "idp/cli/ports.py",
    "idp/wsgi.py",
    "idp/app.py",
}
FORBIDDEN_WORDS = ("manager", "helper", "utils", "base")


def name_of(file: Path) -> str:
    """Path below the project."""
    return file.relative_to(ROOT).as_posix()


def mentions(file: Path, pattern: str) -> bool:
    """Whether the code (not its comments and texts) mentions a name."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    names = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute | ast.Name)}
    return any(re.fullmatch(pattern, name) for name in names)


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        (r"datetime\.(now|utcnow|today)|time\.time|date\.today|datetime\.datetime\.now", READS_CLOCK),
        (r"os\.environ|os\.getenv", READS_ENVIRONMENT),
        (r"secrets\.token_\w+|os\.urandom|random\.\w+|uuid\.uuid\d", READS_CHANCE),
        (r"authlib\.jose.*", set()),
    ],
)
def test_only_the_edge_reads_clock_environment_and_randomness(pattern, allowed):
    """Everybody else is handed them."""
    assert {name_of(file) for file in FILES if mentions(file, pattern)} <= allowed


def test_every_file_says_what_it_is():
    """A module docstring everywhere."""
    silent = [name_of(f) for f in FILES if not ast.get_docstring(ast.parse(f.read_text(encoding="utf-8")))]
    assert silent == []


def test_files_are_small():
    """Median under 150 lines, none over 400 but the first migration."""
    sizes = {name_of(file): len(file.read_text(encoding="utf-8").splitlines()) for file in FILES}
    assert {name for name, size in sizes.items() if size > 400} <= TABLES
    assert sorted(sizes.values())[len(sizes) // 2] < 150


def test_records_never_change():
    """Every record of msgspec's is frozen, and so is what inherits from it."""
    records = {
        f"{name_of(file)}: {node.name}": "frozen=True" in map(ast.unparse, node.keywords)
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("Struct") for base in node.bases)
    }
    assert records
    assert [name for name, is_frozen in records.items() if not is_frozen] == []


def test_functions_are_small():
    """Nine of ten functions have fewer than 40 lines."""
    lengths = sorted(
        node.end_lineno - node.lineno + 1
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert lengths[len(lengths) * 9 // 10] < 40


def test_names_come_from_the_domain():
    """No file is a bag of odds and ends."""
    parts = {part for file in FILES for part in re.split(r"[/_.]", name_of(file))}
    assert not parts & set(FORBIDDEN_WORDS)


def test_pure_packages_import_nothing_that_acts():
    """ppid: the standard library alone; jpki: no I/O."""
    script = "import sys, ppid; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not set(loaded.stdout.split()) & {"cryptography", "flask", "connectors", "idp", "sqlalchemy"}


def test_imports_point_one_way():
    """import-linter's contracts hold."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert result.returncode == 0, result.stdout


def test_no_test_of_the_main_path_imports_the_product():
    """Flows and browser tests see what an outsider sees."""
    for folder in ("flows", "browser"):
        for file in (ROOT / "tests" / folder).rglob("*.py"):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            modules = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
            modules |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
            assert not any(module.split(".")[0] == "idp" for module in modules), file.name


def test_there_is_one_way_in_bulk():
    """Whatever of the product asks a custody for many HMACs at once does so where it is measured."""
    asking = {name_of(file) for file in FILES if mentions(file, r".*\.hmac_sha256_many")}
    assert asking == {"idp/custody/bulk.py"}


def test_the_product_never_reads_shared():
    """What it needs is part of the project."""
    sources = [*FILES, *(ROOT / "tests").rglob("*.py"), ROOT / "Makefile"]
    offenders = [f.name for f in sources if f != Path(__file__) and "../shared" in f.read_text(encoding="utf-8")]
    assert offenders == []


def test_make_test_runs_every_folder_of_tests():
    """A folder that no recipe names would never fail."""
    named = set((ROOT / "Makefile").read_text(encoding="utf-8").split())
    folders = {file.relative_to(ROOT / "tests").parts[0] for file in (ROOT / "tests").rglob("test_*.py")}
    assert {folder for folder in folders if f"tests/{folder}" not in named} == set()
