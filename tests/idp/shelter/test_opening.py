"""Opening files: broken, double and missing lines are reported, and no record is lost to them."""

import secrets

import pytest
from components.collection import KEY_ID, Pair, collected, file_id

from idp.shelter.collected import Total
from idp.shelter.line import Place, seal
from idp.shelter.opening import FileUnreadable, Missing, open_files

PAIR = Pair()
FILE = file_id()


def line(serial, sequence, *, file=FILE, pair=PAIR, key_id=KEY_ID):
    """One record's line."""
    return seal(collected(serial), Place(key_id, file, sequence), pair.public.key)


def total(records, *, file=FILE):
    """A line that says how many there are."""
    return seal(Total(records), Place(KEY_ID, file, records), PAIR.public.key)


def opened(path, *lines):
    """The opening of one file of these lines."""
    path.write_bytes(b"".join((one if isinstance(one, bytes) else one.encode()) + b"\n" for one in lines))
    return open_files([path], PAIR.private_keys)


def serials(opening):
    """The records' serial numbers, in order."""
    return [entry.record.named.serial for entry in opening.entries]


@pytest.fixture
def path(tmp_path):
    """Where a file goes."""
    return tmp_path / "shelter.jwel"


def test_gaps_show_by_later_lines_and_by_totals(path):
    """In the middle, at the beginning, and at the end."""
    opening = opened(path, line(2, 2), line(5, 5), total(7))
    assert serials(opening) == [2, 5]
    assert opening.missing() == [Missing(FILE, 1, 1), Missing(FILE, 3, 4), Missing(FILE, 6, 7)]
    assert opened(path, total(2)).missing() == [Missing(FILE, 1, 2)]
    assert opened(path, line(1, 1), line(2, 2), total(2)).missing() == []


def test_a_line_that_comes_twice_counts_once(path):
    """Whether copied in the file or by giving the file twice."""
    opening = opened(path, line(1, 1), line(1, 1), line(2, 2))
    assert (serials(opening), opening.duplicates, opening.conflicts) == ([1, 2], 1, 0)
    both = open_files([path, path], PAIR.private_keys)
    assert (serials(both), both.duplicates) == ([1, 2], 4)


def test_two_devices_with_one_file_number_lose_nobody(path):
    """A device that was copied goes on with the numbers of the other: both records stay, and it shows."""
    opening = opened(path, line(1, 1), line(2, 2), line(77, 2))
    assert (serials(opening), opening.conflicts, opening.duplicates) == ([1, 2, 77], 1, 0)


def test_broken_lines_are_named_and_the_others_stand(path):
    """By file and number."""
    foreign = line(8, 3, pair=Pair("collection-other"), key_id="collection-other")
    cut = line(2, 2)[:-40]
    opening = opened(path, line(1, 1), cut, foreign, b"\xff\x00", b"", b"x" * 100_000, line(4, 4))
    assert serials(opening) == [1, 4]
    assert [(one.file, one.line) for one in opening.broken] == [(path.name, number) for number in (2, 3, 4, 6)]
    assert "another key" in opening.broken[1].problem
    assert opening.missing() == [Missing(FILE, 2, 3)]


def test_a_line_without_end_is_read_too(path):
    """The last one, where somebody's editor took the line end away."""
    path.write_text(line(1, 1), encoding="ascii")
    assert serials(open_files([path], PAIR.private_keys)) == [1]


def test_progress_ends_with_everything(path):
    """In bytes."""
    told = []
    opened(path, line(1, 1))
    open_files([path], PAIR.private_keys, lambda done, total: told.append((done, total)))
    assert told[-1] == (path.stat().st_size, path.stat().st_size)


def test_a_file_that_is_not_there_is_said_to_be(tmp_path):
    """A typed error."""
    with pytest.raises(FileUnreadable):
        open_files([tmp_path / secrets.token_hex(4)], PAIR.private_keys)
