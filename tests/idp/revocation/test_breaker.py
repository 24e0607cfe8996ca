"""The breaker: open after five failures in a row, one question risked every ten seconds, closed by an answer."""

from idp.revocation.breaker import FAILURES, RETRY_SECONDS, Breaker


class Watch:
    """A clock that one moves."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


def opened():
    """A breaker just opened, and its clock."""
    watch = Watch()
    breaker = Breaker(watch)
    for _ in range(FAILURES):
        assert breaker.allows()
        breaker.failed()
    return breaker, watch


def test_it_opens_after_five_failures():
    """The sixth question is not asked."""
    breaker, _ = opened()
    assert not breaker.allows()


def test_an_answer_between_failures_keeps_it_closed():
    """Only failures in a row count."""
    breaker = Breaker(Watch())
    for _ in range(3 * FAILURES):
        breaker.failed()
        breaker.succeeded()
        assert breaker.allows()


def test_one_question_is_risked():
    """After ten seconds exactly one passes, and after its failure ten more go by."""
    breaker, watch = opened()
    watch.seconds = RETRY_SECONDS
    assert [breaker.allows(), breaker.allows()] == [True, False]
    breaker.failed()
    watch.seconds = 2 * RETRY_SECONDS - 0.1
    assert not breaker.allows()
    watch.seconds = 2 * RETRY_SECONDS
    assert breaker.allows()


def test_it_closes_within_thirty_seconds_of_recovery():
    """The risked question finds the source back: all pass again."""
    breaker, watch = opened()
    watch.seconds = RETRY_SECONDS
    assert breaker.allows()
    breaker.succeeded()
    assert all(breaker.allows() for _ in range(10))
    assert watch.seconds <= 30
