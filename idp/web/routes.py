"""Which view a request is for, where that is plain to see: by two look-ups in tables made of Werkzeug's rules.

What is found is what Werkzeug's matcher finds; it is asked about all that is not found here. Pure.
"""

import re
from collections.abc import Iterable
from typing import Any

from werkzeug.routing import Rule

_VARIABLE_SECOND = re.compile(r"/([^<>/]+)/<([a-z_]+)>(|/[^<>]+)")
"""`/login/<transaction_id>/consent` and the like: the one variable is any text without a slash."""


class Routes:
    """The rules of an application, once all are there.

    Plain are paths without variables, which Werkzeug prefers to all others, and those with one in the second
    place, where no rule of the same first place has one elsewhere.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._fixed: dict[tuple[str, str], Rule] = {}
        self._open: dict[tuple[str, str, str], tuple[Rule, str]] = {}
        others: set[str] = set()
        for rule in rules:
            methods = (rule.methods or set()) - {"OPTIONS"}
            if not rule.arguments:
                self._fixed.update({(method, rule.rule): rule for method in methods})
            elif shape := _VARIABLE_SECOND.fullmatch(rule.rule):
                first, name, rest = shape.groups()
                self._open.update({(method, first, rest): (rule, name) for method in methods})
            else:
                others.add(rule.rule.split("/")[1])
        self._open = {key: found for key, found in self._open.items() if key[1] not in others}

    def find(self, method: str, path: str) -> tuple[Rule, dict[str, Any]] | None:
        """The rule and the values of its variables; None: ask Werkzeug. `path` begins with a slash."""
        if rule := self._fixed.get((method, path)):
            return rule, {}
        first, _, below = path[1:].partition("/")
        value, slash, rest = below.partition("/")
        if value and (found := self._open.get((method, first, slash + rest))):
            rule, name = found
            return rule, {**(rule.defaults or {}), name: value}
        return None
