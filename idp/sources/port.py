"""What every source of the Basic 4 promises."""

from typing import Protocol, TypeVar

from idp.sources.normal import Wanted
from idp.sources.record import Read, Source

Evidence_contra = TypeVar("Evidence_contra", contravariant=True)
"""What a source needs to see: it has been verified by whoever hands it over."""


class Basic4Source(Protocol[Evidence_contra]):
    """One source. What it tells is in the same form as everybody's; the rest of what it saw it forgets."""

    @property
    def source(self) -> Source:
        """Which one it is, and so who vouches."""
        ...

    def read(self, evidence: Evidence_contra, wanted: Wanted) -> Read | None:
        """What is wanted, as far as it can tell; None where nothing is wanted, or where there is nothing yet.

        Raises Refusal with ATTRIBUTES_INVALID for evidence in another form, never with what stood in it.
        """
        ...
