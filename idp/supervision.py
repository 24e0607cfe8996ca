"""A worker that outlives its supervisor would go on serving unseen: it ends itself instead."""

import os
import time
from threading import Thread

_LOOK_SECONDS = 0.5


def end_with_parent(parent: int) -> None:
    """Watch, in a thread, that the process `parent` is still our parent; end this process when it is not."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        os._exit(0)

    Thread(target=watch, name="idp-parent", daemon=True).start()
