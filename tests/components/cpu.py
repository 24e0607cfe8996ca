"""CPU of processes that run beside us, from /proc: exact to the nanosecond, unlike the clock ticks of `stat`."""

from collections.abc import Iterable
from pathlib import Path


def tree(root: int) -> list[int]:
    """A process and all that it has started, directly or not."""
    children = [
        int(pid)
        for listed in Path(f"/proc/{root}/task").glob("*/children")
        for pid in listed.read_text(encoding="ascii").split()
    ]
    return [root, *(below for child in children for below in tree(child))]


def seconds(processes: Iterable[int]) -> float:
    """User and system seconds of all their threads that live (`schedstat`, first field, nanoseconds)."""
    threads = [thread for process in processes for thread in Path(f"/proc/{process}/task").glob("*/schedstat")]
    return sum(int(thread.read_text(encoding="ascii").split()[0]) for thread in threads) / 1e9
