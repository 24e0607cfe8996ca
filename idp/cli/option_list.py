"""One list of options for several commands: a frozen dataclass whose members are the options.

What is created and changed by the same options has them in one place, with their names, helps and the way in which
they are read.
"""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields
from functools import wraps
from inspect import Parameter
from typing import Any, get_type_hints

Command = Callable[..., None]


def options_of(parameter: str, listed: type[Any]) -> Callable[[Command], Command]:
    """Let a command take the members of `listed` as options, and hand them to it as one value in `parameter`.

    An option that the command declares itself, under a member's name, stands as it does there (one that is
    required when something is created); its value is in the list as well. The others come after the command's own.
    """

    def decorate(command: Command) -> Command:
        own = inspect.signature(command, eval_str=True).parameters
        hints = get_type_hints(listed, include_extras=True)
        names = [member.name for member in fields(listed)]
        added = [
            Parameter(member.name, Parameter.KEYWORD_ONLY, default=_default(member), annotation=hints[member.name])
            for member in fields(listed)
            if member.name not in own
        ]
        declared = [one.replace(kind=Parameter.KEYWORD_ONLY) for one in own.values() if one.name != parameter]

        @wraps(command)
        def run(**given: Any) -> None:
            values = {name: given[name] for name in names}
            command(**{name: given[name] for name in own if name != parameter}, **{parameter: listed(**values)})

        run.__signature__ = inspect.Signature([*declared, *added])  # type: ignore[attr-defined]
        run.__annotations__ = {}
        return run

    return decorate


def _default(member: Any) -> Any:
    return Parameter.empty if member.default is MISSING else member.default
