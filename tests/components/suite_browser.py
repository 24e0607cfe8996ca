"""The conformance suite's scripted browser: its configuration's words, carried out by plain links and forms.

No script runs here and no style counts, as in the oldest browser; only a refresh without delay is followed. What
goes to the suite's own address goes nowhere: nobody listens there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import requests

Attributes = dict[str, str]


def address(endpoint: str, query: Mapping[str, str]) -> str:
    """Where the suite goes: the addresses in a query stay as they are (Spring's UriComponentsBuilder)."""
    return f"{endpoint}?{urlencode(query, safe=':/')}"


@dataclass
class Element:
    """A tag, and the form that it is in."""

    tag: str
    attributes: Attributes
    form: "Element | None" = None
    inside: tuple[str, ...] = ()
    """Classes of the elements around it."""


class Document(HTMLParser):
    """The elements of a page in their order; what a browser with scripts does not see is left out."""

    VOID = ("meta", "link", "input", "img", "br", "hr")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See HTMLParser."""
        around = tuple(word for one in self._open for word in one.attributes.get("class", "").split())
        form = next((one for one in reversed(self._open) if one.tag == "form"), None)
        element = Element(tag, {name: value or "" for name, value in attrs}, form, around)
        if not any(one.tag == "noscript" for one in self._open):
            self.elements.append(element)
        if tag not in self.VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """See HTMLParser."""
        while self._open and self._open.pop().tag != tag:
            pass

    def find(self, kind: str, target: str) -> Element | None:
        """As Selenium does, for the selectors that our configuration uses."""
        wanted = re.fullmatch(r"//button\[@value='(\w+)'\]", target)
        around = re.fullmatch(r"\.(\w+) a", target)
        for element in self.elements:
            name = element.attributes
            if kind in ("id", "name") and name.get(kind) == target:
                return element
            if kind == "xpath" and (target == "//*" or (wanted and name.get("value") == wanted[1])):
                return element
            if kind == "css" and around and element.tag == "a" and around[1] in element.inside:
                return element
        return None

    @property
    def goes_on_to(self) -> str | None:
        """Where a refresh without delay leads."""
        for element in self.elements:
            refresh = element.attributes.get("http-equiv") == "refresh"
            if refresh and (at := re.fullmatch(r"0;url=(.+)", element.attributes["content"])):
                return at[1]
        return None


@dataclass
class SuiteBrowser:
    """One browser of one module. `seen`: the addresses of all pages; `received`: what came to the suite.

    `pictures`: the pages of which one was taken; only a module's first counts.
    """

    configuration: Mapping[str, Any]
    verify: str
    module: str = ""
    url: str = ""
    received: dict[str, str] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """With its module's own tasks, where it has some."""
        own = self.configuration["override"].get(self.module, self.configuration)
        self._visits = [dict(visit) for visit in own["browser"]]
        self._session = requests.Session()
        self._session.verify = self.verify
        self._session.trust_env = False
        self._text, self._document = "", Document("")
        self._typed: dict[str, str] = {}

    def visit(self, url: str) -> str:
        """Go there and do what is to be done; where that ended."""
        self.received = {}
        tasks = self._tasks(url)
        self._go("GET", url)
        for task in tasks:
            if not _matches(task["match"], self.url):
                assert task.get("optional"), f"{task['task']}: {self.url}"
                continue
            for command in task.get("commands", ()):
                self._do(*command)
        return self.url

    def _tasks(self, url: str) -> list[Mapping[str, Any]]:
        for visit in self._visits:
            if _matches(visit["match"], url) and visit.get("match-limit", 1) > 0:
                if "match-limit" in visit:
                    visit["match-limit"] -= 1
                return list(visit["tasks"])
        raise AssertionError(f"nothing to do at {url}")

    def _do(self, verb: str, kind: str, target: str, *more: Any) -> None:
        if verb == "wait":
            assert _is_the_suites(self.url) or self._document.find(kind, target), (target, self.url)
            self.pictures += [self._text] if "update-image-placeholder-optional" in more else []
            return
        element = self._document.find(kind, target)
        if element is None:
            assert "optional" in more, f"no {target} at {self.url}"
        elif verb == "text":
            self._typed[element.attributes["name"]] = more[0]
        elif element.tag == "a":
            self._go("GET", urljoin(self.url, element.attributes["href"]))
        else:
            self._send(element)

    def _send(self, button: Element) -> None:
        form = button.form
        fields = {
            one.attributes["name"]: one.attributes.get("value", "")
            for one in self._document.elements
            if one.tag == "input" and one.form is form and "name" in one.attributes
            if one.attributes.get("type") != "checkbox"
        }
        fields |= {name: typed for name, typed in self._typed.items() if name in fields}
        if "name" in button.attributes:
            fields[button.attributes["name"]] = button.attributes["value"]
        self._typed = {}
        self._go(form.attributes["method"].upper(), urljoin(self.url, form.attributes["action"]), fields)

    def _go(self, method: str, url: str, fields: Mapping[str, str] | None = None) -> None:
        for _ in range(10):
            self.seen.append(url)
            if _is_the_suites(url):
                self.url = url
                self.received = dict(fields or parse_qsl(urlsplit(url).query))
                self._text, self._document = "", Document("")
                return
            answer = self._session.request(method, url, data=fields, allow_redirects=False, timeout=60)
            self.url, self._text, self._document = url, answer.text, Document(answer.text)
            onward = answer.headers.get("Location") or self._document.goes_on_to
            if onward is None:
                return
            method, url, fields = "GET", urljoin(url, onward), None
        raise AssertionError("it goes round in circles")


def _is_the_suites(url: str) -> bool:
    return urlsplit(url).path.startswith("/test/a/")


def _matches(pattern: str, url: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), url) is not None
