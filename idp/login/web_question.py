"""The page that asks whose a certificate is (R25), and what follows each answer. Without JavaScript.

Each belongs to the browser that holds the transaction's cookie: there is no session before the answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, Response, request

from idp.answers import status_of
from idp.errors import Reason, Refusal
from idp.login.attempts import Attempts, transaction_cookie
from idp.login.question import Answer, QuestionStep, answers_to
from idp.login.transaction import TRANSACTION_SECONDS, Attempt
from idp.login.web_pages import LoginPages
from idp.web.web import (
    PageWriter,
    current_language,
    current_tenant,
    drop_cookie,
    see_other,
    set_cookie,
    show_at_counter,
    transaction_cookie_name,
)

_log = structlog.get_logger("idp.login")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionPages:
    """Pages of a login that is nobody's yet."""

    attempts: Attempts
    question: QuestionStep
    login: LoginPages
    pages: PageWriter

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule("/login/<transaction_id>/person", "person", self.ask, methods=["GET"])
        app.add_url_rule("/login/<transaction_id>/person", "person_answer", self.answer, methods=["POST"])
        app.add_url_rule("/login/<transaction_id>/person/code", "person_code", self.ask_code, methods=["GET"])
        app.add_url_rule(
            "/login/<transaction_id>/person/code", "person_by_code", self.enter_code, methods=["POST"]
        )
        app.add_url_rule("/login/<transaction_id>/person/other", "person_other", self.by_other, methods=["GET"])

    def ask(self, transaction_id: str) -> Response:
        """The question."""
        attempt = self._open(transaction_id)
        if attempt is None:
            return self.pages.error("already_finished", 410)
        told = request.args.get("told", "")
        answers = [str(answer) for answer in answers_to(attempt.transaction)]
        return self.pages.page("question.html", told=told, answers=answers, **_context(attempt))

    def answer(self, transaction_id: str) -> Response:
        """One of the four answers; each leads on."""
        attempt = self._open(transaction_id)
        if attempt is None:
            return self.pages.error("already_finished", 410)
        answers = request.form.getlist("answer")
        if request.form.getlist("form") != [attempt.transaction.form] or answers not in [[a] for a in Answer]:
            return self.pages.error("bad_request", 400)
        return self._lead_on(attempt, Answer(answers[0]))

    def ask_code(self, transaction_id: str) -> Response:
        """Where a transfer code is typed."""
        attempt = self._open(transaction_id)
        if attempt is None:
            return self.pages.error("already_finished", 410)
        if Answer.CODE not in answers_to(attempt.transaction):
            return self._after_digits()
        return self.pages.page("question_code.html", wrong="wrong" in request.args, **_context(attempt))

    def enter_code(self, transaction_id: str) -> Response:
        """Judge a transfer code."""
        attempt = self._open(transaction_id)
        if attempt is None:
            return self.pages.error("already_finished", 410)
        typed = request.form.getlist("code")
        if request.form.getlist("form") != [attempt.transaction.form] or len(typed) != 1:
            return self.pages.error("bad_request", 400)
        return self._finished(attempt, lambda: self.question.by_code(attempt, typed[0]), told="/code?wrong=1")

    def by_other(self, transaction_id: str) -> Response:
        """Back from the other certificate's proof, in the browser that holds both cookies."""
        attempt, tenant = self._open(transaction_id), current_tenant()
        other_id = request.args.get("by", "")
        if attempt is None:
            return self.pages.error("already_finished", 410)
        proved = self.login.transactions.proved_beside(
            tenant, other_id, transaction_cookie(tenant, other_id), beside=transaction_id
        )
        other = self.attempts.of(proved)
        if other is None:
            return self.pages.error("other_browser", 403)
        response = self._finished(attempt, lambda: self.question.by_other(attempt, other), told="?told=unknown")
        drop_cookie(response, transaction_cookie_name(tenant, other_id))
        return response

    def _lead_on(self, attempt: Attempt, answer: Answer) -> Response:
        if answer not in answers_to(attempt.transaction):
            return self._after_digits()
        if answer is Answer.OTHER:
            return self._other(attempt)
        if answer is Answer.CODE:
            return see_other(f"{_url(attempt)}/code")
        if answer is Answer.COUNTER:
            return self._counter(attempt)
        return self._finished(attempt, lambda: self.question.create(attempt), told="")

    def _other(self, attempt: Attempt) -> Response:
        tenant = attempt.tenant
        other, cookie = self.question.beside(attempt)
        response = see_other(other.url(tenant))
        set_cookie(response, transaction_cookie_name(tenant, other.transaction_id), cookie, TRANSACTION_SECONDS)
        return response

    def _counter(self, attempt: Attempt) -> Response:
        reference = self.question.refer(attempt)
        if reference is None:
            return self.pages.error("busy", 429)
        return self.pages.page("question_counter.html", spoken=reference, **_context(attempt))

    def _finished(self, attempt: Attempt, act: Callable[[], Attempt | None], *, told: str) -> Response:
        """On with the login if the person was found; else back to where it is told that they were not."""
        try:
            settled = act()
        except Refusal as refusal:
            _log.info("question.refused", reason=refusal.reason, detail=refusal.detail)
            if refusal.reason is Reason.LEVEL_INSUFFICIENT:
                return self._after_digits()
            return self.pages.error("already_finished", status_of(refusal.reason))
        return see_other(_url(attempt) + told) if settled is None else self.login.completed(settled)

    def _after_digits(self) -> Response:
        """An answer that the page did not offer; the question stays open."""
        return self.pages.error("after_digits", status_of(Reason.LEVEL_INSUFFICIENT))

    def _open(self, transaction_id: str) -> Attempt | None:
        tenant = current_tenant()
        cookie = transaction_cookie(tenant, transaction_id)
        attempt = self.attempts.of(self.question.open(tenant, transaction_id, cookie))
        if attempt is not None and attempt.transaction.at_counter:
            show_at_counter()
        return attempt


def _url(attempt: Attempt) -> str:
    return f"{attempt.transaction.url(attempt.tenant)}/person"


def _context(attempt: Attempt) -> dict[str, Any]:
    """What the pages of the question have in common."""
    return {
        "service_name": attempt.client.name(current_language()),
        "question_url": _url(attempt),
        "transaction": [("form", attempt.transaction.form)],
    }
