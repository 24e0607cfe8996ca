"""Core dumps: a process that holds keys, numbers or a PIN leaves none, however it dies.

Two ways at once (getrlimit(2), prctl(2)): the limit keeps a file from being written and is handed on to children;
the mark also keeps a collector of crashes from being called, and other processes of the same user from reading the
memory, but every program that is started begins without it.
"""

import ctypes
import sys

if sys.platform != "win32":
    import resource

_PR_SET_DUMPABLE = 4


def leave_none() -> None:
    """Have this process leave no core dump. What a platform does not know is left out."""
    if sys.platform == "win32":
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
