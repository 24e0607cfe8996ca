"""Which former number a service hears: of a migration and a merge the newer one, in its window."""

import pytest

from idp.login.previous import Previous, latest
from idp.people.former_numbers import Former, mark_of

PAIR, OTHER = b"p" * 16, b"q" * 16
NOW = 1000
NOTED = Previous("moved", "https://old.example", NOW + 10)
MERGED = Previous("merged", "", NOW + 5)


def former(*, pair_id=PAIR, migration="", ends_at=NOW + 5):
    """A merge's, for the pair that it left, in a service that was in that migration."""
    return Former("merged", pair_id, mark_of(migration), ends_at)


@pytest.mark.parametrize(
    ("noted", "merged", "expected"),
    [
        (None, None, None),
        (NOTED, None, NOTED),
        (None, former(), MERGED),
        (None, former(ends_at=NOW), None),
        (None, former(pair_id=OTHER), None),
        (NOTED, former(pair_id=OTHER, migration="m"), NOTED),
        (NOTED, former(migration="m"), MERGED),
        (NOTED, former(migration="m", ends_at=NOW), NOTED),
        (NOTED, former(), NOTED),
        (NOTED, former(migration="earlier"), NOTED),
        (Previous("moved", until=NOW), former(), MERGED),
    ],
)
def test_the_newer_one_is_heard(noted, merged, expected):
    """The migration `m` is the service's; a merge before it is older, one in it is newer while it counts."""
    assert latest(noted, merged, pair_id=PAIR, migration_id="m", now=NOW) == expected
