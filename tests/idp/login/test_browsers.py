"""The mark of a person in a browser: known again there, by the tenant alone, and by nobody else anywhere."""

import pytest

from idp.login.browsers import MOST, is_seen, marked


@pytest.fixture
def keys(shared_town):
    """A tenant's keys."""
    return shared_town.product.directory.tenant("aoba").keys


def test_a_person_is_known_again_in_that_browser_only(keys, shared_town):
    """Not another person there, not the same one in another browser, not at another tenant."""
    cookie = marked(keys, "", b"midori", fresh="r1")
    assert is_seen(keys, cookie, b"midori")
    assert not is_seen(keys, cookie, b"hanako")
    other = marked(keys, "", b"midori", fresh="r2")
    assert not set(cookie.split(".")) & set(other.split("."))
    assert not is_seen(shared_town.product.directory.tenant("wakaba").keys, cookie, b"midori")
    assert not is_seen(keys, f"r2.{cookie.split('.')[1]}", b"midori")


def test_a_familys_browser_remembers_the_latest(keys):
    """As many as it holds, the newest in front; the oldest is forgotten."""
    people = [bytes([number]) for number in range(MOST + 2)]
    cookie = ""
    for person in people:
        cookie = marked(keys, cookie, person, fresh="r")
    assert [is_seen(keys, cookie, person) for person in people] == [False, False] + [True] * MOST
    again = marked(keys, cookie, people[2], fresh="other")
    assert [is_seen(keys, again, person) for person in people] == [False, False] + [True] * MOST
    assert len(again) == len(cookie) < 300
