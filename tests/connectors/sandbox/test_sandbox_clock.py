"""The clock that the sandbox and its provider share through one small file."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.sandbox.clock import OffsetClock


def tells(clock: OffsetClock, offset: timedelta) -> bool:
    """Whether it tells the moment of the question, moved by `offset`; two doubles' rounding is let pass."""
    rounding = timedelta(milliseconds=1)
    before, told, after = datetime.now(UTC), clock(), datetime.now(UTC)
    return before + offset - rounding <= told <= after + offset + rounding


def test_a_new_clock_tells_real_time(tmp_path: Path) -> None:
    """Without a file the offset is 0, and the file is private."""
    path = tmp_path / "clock"
    clock = OffsetClock(path)
    assert clock.offset == 0
    assert tells(clock, timedelta(0))
    assert clock().utcoffset() == timedelta(0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("seconds", [0.0, 3600.0, -86400.5, 1e9])
def test_an_offset_is_seen_by_every_clock_of_the_file(tmp_path: Path, seconds: float) -> None:
    """A clock opened before the change shows it at once, as does one opened after."""
    first, second = OffsetClock(tmp_path / "clock"), OffsetClock(tmp_path / "clock")
    first.set_offset(seconds)
    for clock in (second, OffsetClock(tmp_path / "clock")):
        assert seconds == clock.offset
        assert tells(clock, timedelta(seconds=seconds))


@pytest.mark.parametrize("content", [b"\0" * 7, b"\0" * 9, b"noon"])
def test_another_file_is_no_clock(tmp_path: Path, content: bytes) -> None:
    """A file of another size is refused and left as it is."""
    path = tmp_path / "clock"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="not a clock offset"):
        OffsetClock(path)
    assert content == path.read_bytes()
