"""The newest revision, as the product and as Alembic find it."""

from pathlib import Path

from alembic.script import ScriptDirectory

import idp.store
from idp.store import migrate

MIGRATIONS = Path(idp.store.__file__).parent / "migrations"


def test_the_newest_file_is_the_head_of_one_line():
    """Migrations follow one another in the order of their files' numbers."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert scripts.get_heads() == [migrate.head()]
    in_order = [script.revision for script in scripts.walk_revisions()]
    assert in_order == sorted(in_order, reverse=True)
