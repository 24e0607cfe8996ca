"""What the accessibility runs found, gathered into the results that the served statement is made from."""

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

KEYBOARD_CRITERIA = ("2.1.1", "2.1.2", "2.4.3", "2.4.7")
"""What the keyboard runs look at."""
ZOOM_CRITERIA = ("1.4.4",)


@dataclass
class Findings:
    """Filled by the tests as they go."""

    states: set[str] = field(default_factory=set)
    screens: set[str] = field(default_factory=set)
    runs: int = 0
    undecided: int = 0
    zoomed: int = 0
    keyboard: set[str] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)
    checked: set[str] = field(default_factory=set)
    axe: str = ""
    browser: str = ""

    def add(self, state: str, screen: str, response: dict[str, Any]) -> list[str]:
        """Take in axe-core's answer; return its violations, each with the first place where a rule is broken."""
        self.states.add(state)
        self.screens.add(screen)
        self.runs += 1
        self.axe = response["testEngine"]["version"]
        self.undecided += bool(response["incomplete"])
        for rule in response["passes"]:
            self.checked |= {number for tag in rule["tags"] if (number := _criterion(tag))}
        found = [f"{one['id']}: {one['nodes'][0]['html']}" for one in response["violations"]]
        self.violations += found
        return found

    def write(self, to: Path, today: date) -> None:
        """Write the results as `idp/pages/accessibility.json` holds them."""
        figures = {
            "date": today.isoformat(),
            "axe": self.axe,
            "browser": self.browser,
            "states": len(self.states),
            "screens": len(self.screens),
            "runs": self.runs,
            "violations": len(self.violations),
            "undecided": self.undecided,
            "keyboard": len(self.keyboard),
            "zoom": self.zoomed,
        }
        extra = (KEYBOARD_CRITERIA if self.keyboard else ()) + (ZOOM_CRITERIA if self.zoomed else ())
        results = {"figures": figures, "checked": sorted(self.checked | set(extra))}
        to.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _criterion(tag: str) -> str | None:
    """`wcag143` is success criterion 1.4.3; `wcag2aa` and the like are none."""
    digits = tag.removeprefix("wcag")
    return ".".join((digits[0], digits[1], digits[2:])) if tag.startswith("wcag") and digits.isdecimal() else None
