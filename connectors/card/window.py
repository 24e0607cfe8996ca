"""The card program's face as a small window: the conversation runs in a thread beside it.

Tk is used by one thread only. The conversation's calls travel there in a queue, answers come back in another.
"""

import threading
import tkinter
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeVar

from connectors.card.conversation import Cancelled, Question
from connectors.card.protocol import Acceptance, Challenge
from connectors.card.texts import CANCELLED, Notice, explain
from connectors.card.window_pages import Pages

POLL_MILLISECONDS = 30
_CANCELLED = None

T = TypeVar("T")


class Window:
    """A `Face`. `open_browser` is called with the return address, once, after an accepted proof."""

    def __init__(self, open_browser: Callable[[str], object]) -> None:
        self._open_browser = open_browser
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._answers: SimpleQueue[str | None] = SimpleQueue()
        self._closed = threading.Event()
        self._root = tkinter.Tk(className="idp-card")
        self._pages = Pages(self._root, answer=self._answers.put, close=self._close)
        self._root.protocol("WM_DELETE_WINDOW", self._close)

    def run(self, login: Callable[[], Acceptance]) -> Acceptance:
        """Show the window until the person closes it; the login's answer, or what it raised."""
        outcome: list[Acceptance | Exception] = []
        worker = threading.Thread(target=self._work, args=(login, outcome), daemon=True)
        self._root.after(POLL_MILLISECONDS, self._drain)
        worker.start()
        self._root.mainloop()
        worker.join()
        if isinstance(outcome[0], Exception):
            raise outcome[0]
        return outcome[0]

    def introduce(self, challenge: Challenge, host: str) -> None:
        """See `Face`."""
        self._call(lambda: self._pages.introduce(challenge, host))

    def tell(self, notice: Notice) -> None:
        """See `Face`. Raises Cancelled once the window is closed."""
        self._call(lambda: self._pages.tell(notice))

    def ask(self, question: Question) -> str:
        """See `Face`."""
        while not self._answers.empty():
            self._answers.get()  # a button pressed twice answers one question only
        self._call(lambda: self._pages.ask(question))
        answer = self._answers.get()
        if answer is _CANCELLED:
            raise Cancelled
        return answer

    def _work(self, login: Callable[[], Acceptance], outcome: list[Acceptance | Exception]) -> None:
        """The login's thread: whatever happens becomes the last page."""
        try:
            acceptance = login()
        except Exception as error:  # noqa: BLE001 it is raised again, by the thread that shows the window
            outcome.append(error)
            words = CANCELLED if isinstance(error, Cancelled) else explain(error)
            self._calls.put(lambda: self._pages.end(words))
            return
        outcome.append(acceptance)
        if acceptance.return_url is not None:
            self._open_browser(acceptance.return_url)
        self._calls.put(lambda: self._pages.accepted(acceptance))

    def _call(self, show: Callable[[], None]) -> None:
        if self._closed.is_set():
            raise Cancelled
        self._calls.put(show)

    def _drain(self) -> None:
        """Tk's thread: do what the conversation asked for."""
        try:
            while True:
                self._calls.get_nowait()()
        except Empty:
            pass
        self._root.after(POLL_MILLISECONDS, self._drain)

    def _close(self) -> None:
        """The person closes the window: whoever waits for an answer hears that it was cancelled."""
        self._closed.set()
        self._answers.put(_CANCELLED)
        self._root.destroy()
