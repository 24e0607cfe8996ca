"""The profile `legacy`, which ends: until when one of its services may be used. Pure."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Legacy:
    """The end of a service of the profile `legacy`: refused from the day `until` on, and before it is approved."""

    until: date
    approved: bool

    def is_open(self, day: date) -> bool:
        """Whether it may be used on that day, in Japan."""
        return self.approved and day < self.until
