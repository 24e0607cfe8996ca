"""The collector's file: what is acknowledged is on the disk, and nothing else matters."""

import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from components.collection import Pair, collected
from components.scale import scaled

from idp.shelter import collection_key
from idp.shelter.collected import Total
from idp.shelter.collection_key import KeyFileRefused
from idp.shelter.line import open_line, place_of
from idp.shelter.opening import open_files
from idp.shelter.recorder import FileRefused, Recorder

ROOT = Path(__file__).parents[3]
PAIR = Pair()


def recorder(path, pair=PAIR):
    """An open file, without waiting for the disk."""
    return Recorder(path, pair.public, secrets.token_bytes, sync=False)


def records_in(path):
    """What the municipality reads."""
    return [entry.record for entry in open_files([path], PAIR.private_keys).entries]


def test_records_are_numbered_over_sittings(tmp_path):
    """Opened again, the file goes on where it was, under the same number."""
    path = tmp_path / "a.jwel"
    with recorder(path) as first:
        assert [first.append(collected(serial)) for serial in (1, 2)] == [1, 2]
        first.append_total()
    with recorder(path) as second:
        assert (second.file_id, second.count) == (first.file_id, 2)
        assert second.append(collected(3)) == 3
    opening = open_files([path], PAIR.private_keys)
    assert [entry.record for entry in opening.entries] == [collected(1), collected(2), collected(3)]
    assert (opening.broken, opening.missing(), opening.duplicates) == ([], [], 0)
    assert path.stat().st_mode & 0o777 == 0o600


def test_who_comes_twice_is_noticed_in_one_sitting_alone(tmp_path):
    """Over sittings the device must not know any more."""
    path = tmp_path / "a.jwel"
    with recorder(path) as first:
        first.append(collected(1))
        assert first.seen(collected(1).named)
        assert not first.seen(collected(2).named)
    with recorder(path) as second:
        assert not second.seen(collected(1).named)


def test_a_power_cut_at_any_byte_loses_the_line_being_written_alone(tmp_path):
    """Every length that the file may have been left with: the next sitting goes on behind the last whole line."""
    path = tmp_path / "a.jwel"
    with recorder(path) as whole:
        ends = []
        for serial in (1, 2, 3):
            whole.append(collected(serial))
            ends.append(path.stat().st_size)
    content = path.read_bytes()
    for size in (
        *range(0, 40),
        *range(40, ends[1], 97),
        *range(ends[1] - 3, ends[1] + 3),
        *range(ends[1], ends[2], 61),
    ):
        left = tmp_path / f"{size}.jwel"
        left.write_bytes(content[:size])
        survivors = sum(end <= size for end in ends)
        with recorder(left) as again:
            assert again.count == survivors
            again.append(collected(9))
        opening = open_files([left], PAIR.private_keys)
        expected = [collected(serial) for serial in (1, 2, 3)[:survivors]]
        assert [entry.record for entry in opening.entries] == [*expected, collected(9)]
        assert (opening.broken, opening.missing()) == ([], [])


def test_what_a_disk_left_as_zeros_is_cut_off(tmp_path):
    """Some file systems keep the length and lose the bytes."""
    path = tmp_path / "a.jwel"
    with recorder(path) as first:
        first.append(collected(1))
    path.write_bytes(path.read_bytes() + bytes(600))
    with recorder(path) as again:
        again.append(collected(2))
    assert records_in(path) == [collected(1), collected(2)]


@pytest.mark.parametrize(
    "content",
    [b"kind,serial\n", b"not ours", b"not ours\n", b"x" * 100_000, b"e30.a.b.c.d\n", b"\n", b"\xff\xfe\n\n"],
    ids=lambda content: repr(content[:12]),
)
def test_somebody_elses_file_is_not_touched(tmp_path, content):
    """A wrong --out destroys nothing."""
    path = tmp_path / "a.jwel"
    path.write_bytes(content)
    with pytest.raises(FileRefused):
        recorder(path)
    assert path.read_bytes() == content


def test_a_file_of_another_key_and_one_in_use_are_refused(tmp_path):
    """Each file has one key and one writer."""
    path = tmp_path / "a.jwel"
    with recorder(path) as first:
        first.append(collected(1))
        with pytest.raises(FileRefused, match="another collector"):
            recorder(path)
    with pytest.raises(FileRefused, match="another key"):
        recorder(path, Pair("collection-other"))
    with pytest.raises(FileRefused):
        recorder(tmp_path / "none" / "a.jwel")


def test_a_full_disk_leaves_no_half_line():
    """The record is refused, and the file is what it was."""
    with pytest.raises(FileRefused):
        recorder(Path("/dev/full"))


def test_the_key_of_a_device_opens_nothing(tmp_path):
    """A key file that holds a private key is refused: no device may have one."""
    path = tmp_path / "key.json"
    path.write_text(collection_key.text(PAIR.public), encoding="utf-8")
    read = collection_key.read(path)
    assert (read.key_id, read.names, read.key.is_private) == (PAIR.public.key_id, PAIR.public.names, False)
    private = PAIR.private.private_numbers().private_value.to_bytes(32, "big").hex()
    assert private not in path.read_text(encoding="utf-8")
    good = collection_key.text(PAIR.public)
    with_private, without_id = good.replace('"kid"', '"d": "AA", "kid"'), good.replace('"kid"', '"kit"')
    for text in ("", "[]", "{}", '{"format": "x"}', with_private, without_id):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(KeyFileRefused):
            collection_key.read(path)
    with pytest.raises(KeyFileRefused):
        collection_key.read(tmp_path / "none")


WRITER = """
import secrets, sys
from pathlib import Path
from components.collection import collected
from idp.shelter.collection_key import read
from idp.shelter.recorder import Recorder
with Recorder(Path(sys.argv[1]), read(Path(sys.argv[2])), secrets.token_bytes) as recorder:
    while True:
        print(recorder.append(collected(recorder.count + 1)), flush=True)
"""


def test_a_killed_collector_loses_nothing_that_it_acknowledged(tmp_path):
    """SIGKILL while it writes, again and again."""
    path, key = tmp_path / "a.jwel", tmp_path / "key.json"
    key.write_text(collection_key.text(PAIR.public), encoding="utf-8")
    acknowledged = 0
    for _ in range(scaled(1, 20)):
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'tests'}{os.pathsep}{ROOT}"}
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, path, key], stdout=subprocess.PIPE, text=True, env=environment
        ) as writer:
            for line in writer.stdout:
                acknowledged = int(line)
                if acknowledged % 17 == 0:
                    writer.send_signal(signal.SIGKILL)
    opening = open_files([path], PAIR.private_keys)
    assert len(opening.entries) >= acknowledged > 0
    assert opening.missing() == []
    assert len(opening.broken) <= 1


def test_lines_tell_their_place_and_no_more(tmp_path):
    """What lies on a lost device."""
    path = tmp_path / "a.jwel"
    with recorder(path) as made:
        made.append(collected(0xC0FFEE))
        made.append_total()
    text = path.read_text(encoding="ascii")
    assert "c0ffee" not in text
    assert [place_of(line).sequence for line in text.splitlines()] == [1, 1]
    assert open_line(text.splitlines()[1], PAIR.private_keys).record == Total(1)
