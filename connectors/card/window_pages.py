"""What the card program's window shows: who asks, above; below it one page at a time. Every button has a key."""

import tkinter
from collections.abc import Callable
from tkinter import font, ttk

from connectors.card.conversation import Question
from connectors.card.pin import PinKind
from connectors.card.protocol import Acceptance, Challenge
from connectors.card.texts import (
    ASKED_BY,
    BUTTONS,
    CODE,
    KINDS_APART,
    NOT_GONE_ON,
    NOTICES,
    PIN_NAMES,
    RETURNED,
    STATEMENT,
    TRIES,
    WINDOW_TITLE,
    Notice,
    Words,
    attribute_list,
    explain,
)

_WIDTH = 560
"""Pixels at which a line is broken: it fits a 640 by 480 screen."""
_STATEMENT_WIDTH, _STATEMENT_LINES = 24, 4
"""Ideographs in a line, and lines, of a statement that is seen at once on a small screen."""
_WARNING = "#8a1f00"
"""On Tk's light grey a contrast of more than 7 to 1."""


class Pages:
    """The widgets. `answer` takes what was typed, or None for stopping; `close` ends the program."""

    def __init__(
        self, root: tkinter.Tk, *, answer: Callable[[str | None], None], close: Callable[[], None]
    ) -> None:
        self._root = root
        self._answer = answer
        self._close = close
        root.title(WINDOW_TITLE.ja)
        root.minsize(_WIDTH + 40, 320)
        font.nametofont("TkDefaultFont").configure(size=13)
        font.nametofont("TkTextFont").configure(size=15)
        self._head = ttk.Frame(root, padding=20)
        self._head.pack(fill="x")
        self._body = ttk.Frame(root, padding=20)
        self._body.pack(fill="both", expand=True)
        self.tell(Notice.LOOKING)

    def introduce(self, challenge: Challenge, host: str) -> None:
        """Who asks for what; it stays above every later page."""
        statement = challenge.statement or ""  # which says what it is for
        shown = {
            "tenant": challenge.tenant_name,
            "service": challenge.service_name,
            **({"purpose": challenge.service_purpose} if challenge.service_purpose and not statement else {}),
            "host": host,
            **({"attributes": attribute_list(challenge.attributes).ja} if challenge.attributes else {}),
        }
        for row, (name, value) in enumerate(shown.items()):
            ttk.Label(self._head, text=ASKED_BY[name].ja).grid(row=row, column=0, sticky="nw", padx=(0, 16))
            ttk.Label(self._head, text=value, wraplength=_WIDTH - 120).grid(row=row, column=1, sticky="w")
        if statement:
            self._show_statement(statement, row=len(shown))

    def _show_statement(self, statement: str, *, row: int) -> None:
        """What is signed, in full; a long one scrolls."""
        heading = ttk.Label(self._head, text=f"{STATEMENT.ja} / {STATEMENT.en}")
        heading.grid(row=row, column=0, columnspan=2, sticky="w", pady=(12, 4))
        lines = min(_STATEMENT_LINES, sum(1 + len(line) // _STATEMENT_WIDTH for line in statement.split("\n")))
        text = tkinter.Text(
            self._head, width=_STATEMENT_WIDTH * 2, height=lines, wrap="char", font="TkDefaultFont"
        )
        text.insert("1.0", statement)
        text.configure(state="disabled")
        text.grid(row=row + 1, column=0, columnspan=2, sticky="we")
        bar = ttk.Scrollbar(self._head, command=text.yview)
        text.configure(yscrollcommand=bar.set)
        bar.grid(row=row + 1, column=2, sticky="ns")

    def tell(self, notice: Notice) -> None:
        """What goes on now."""
        self._clear()
        self._say(NOTICES[notice], warning=notice in (Notice.LAST_TRY, Notice.PUT_BACK))

    def ask(self, question: Question) -> None:
        """The question for a PIN: Return signs, Escape stops."""
        self._clear()
        if question.problem is not None:
            self._say(explain(question.problem), warning=True)
        elif question.tries_left == 1:
            self._say(NOTICES[Notice.LAST_TRY], warning=True)
        self._say(PIN_NAMES[question.kind])
        if question.kind is PinKind.SIGNATURE:
            self._say(KINDS_APART)
        left = question.tries_left
        self._say(Words(TRIES.ja.format(left=left), TRIES.en.format(left=left)))
        typed = tkinter.StringVar(self._root)
        entry = ttk.Entry(self._body, textvariable=typed, show="●", width=18, font="TkTextFont")
        entry.pack(anchor="w", pady=8)
        self._button("sign", lambda: self._answer(typed.get()), key="<Return>")
        self._button("cancel", lambda: self._answer(None), key="<Escape>")
        self._root.deiconify()
        self._root.lift()
        entry.focus_force()

    def accepted(self, acceptance: Acceptance) -> None:
        """Where to go on. Beside a return address the code is shown only to whoever says it is needed."""
        self._clear()
        if acceptance.return_url is None:
            self._code(acceptance.code)
        else:
            self._say(RETURNED)
            if acceptance.code is not None:
                self._code_on_request(acceptance.code)
        self._closing()

    def end(self, words: Words) -> None:
        """Why it did not go on."""
        self._clear()
        self._say(words, warning=True)
        self._closing()

    def _code_on_request(self, code: str) -> None:
        button = ttk.Button(self._body, text=f"{NOT_GONE_ON.ja} / {NOT_GONE_ON.en}")

        def show() -> None:
            button.destroy()
            self._code(code)

        _answers_to(button, show)
        button.pack(anchor="w", pady=8)

    def _code(self, code: str | None) -> None:
        self._say(CODE)
        ttk.Label(self._body, text=code or "", font=("TkFixedFont", 28)).pack(anchor="w", pady=8)

    def _closing(self) -> None:
        self._button("close", self._close, key="<Escape>").focus_force()

    def _clear(self) -> None:
        for key in ("<Return>", "<KP_Enter>", "<Escape>"):
            self._root.unbind(key)
        for widget in self._body.winfo_children():
            widget.destroy()

    def _say(self, words: Words, *, warning: bool = False) -> None:
        for text in (words.ja, words.en):
            label = ttk.Label(self._body, text=text, wraplength=_WIDTH)
            if warning:
                label.configure(foreground=_WARNING)
            label.pack(anchor="w", pady=(0, 4))

    def _button(self, name: str, act: Callable[[], None], *, key: str) -> ttk.Button:
        """A button that also answers to a key, and to Return while it has the focus."""
        words = BUTTONS[name]
        button = ttk.Button(self._body, text=f"{words.ja} / {words.en}")
        _answers_to(button, act)
        button.pack(anchor="w", pady=4)
        self._root.bind(key, lambda _: act())
        return button


def _answers_to(button: ttk.Button, act: Callable[[], None]) -> None:
    """Clicking, the space bar, and Return while the button has the focus, which then means no other button."""

    def act_alone(_: object) -> str:
        act()
        return "break"

    button.configure(command=act)
    button.bind("<Return>", act_alone)
