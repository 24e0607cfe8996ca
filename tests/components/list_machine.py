"""Lists fetched from a real web server into a folder of indexes, at a clock that stands where a test puts it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from components.list_sources import Published
from components.revocation_lists import NOW, crl, issuer, point

from idp.revocation.by_crl import ByCrl
from idp.revocation.due import Scope
from idp.revocation.refresh import ListRefresh
from idp.store.crl_index.catalogue import Catalogue
from idp.store.crl_index.lists import IndexedLists

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AOBA, WAKABA = point("Aoba-shi").public_bytes(), point("Wakaba-shi").public_bytes()
SERIAL = 0x0700_1234


@dataclass
class Machine:
    """One machine: its clock, its folder, the repository, and as many processes' worth of product as one likes."""

    folder: Path
    published: Published
    now: datetime = NOW
    seconds: float = 0.0
    every: timedelta = HOUR
    catalogue: Catalogue = field(init=False)

    def __post_init__(self):
        self.catalogue = Catalogue(self.folder, max_bytes=1 << 20)
        self.refresh = self.process()
        self.anchor = issuer().anchor

    def process(self, **more) -> ListRefresh:
        """The way from the repository, as another process has it."""
        source = more.pop("source", None) or self.published.source()
        catalogue = Catalogue(self.folder, max_bytes=more.pop("max_bytes", 1 << 20))
        return ListRefresh(
            source, catalogue, every=self.every, now=lambda: self.now, monotonic=lambda: self.seconds
        )

    def by_crl(self, *, monotonic, scope=Scope.WHOLE, refresh=None, wait_seconds=30.0) -> ByCrl:
        """The method over it."""
        lists = IndexedLists(self.catalogue, lambda: self.now)
        way = refresh or self.refresh
        return ByCrl(lists, way, scope=scope, monotonic=monotonic, wait_seconds=wait_seconds)

    def put(self, der: bytes | None = None, *, at=None, by=None, **contents) -> None:
        """Publish a list of the whole CA, or for the distribution point `at`."""
        by = by or issuer()
        self.published.put(crl(by=by, **contents) if der is None else der, issuer().anchor.key_id, at)

    def number(self, at=None) -> int | None:
        """The CRLNumber of the list in use."""
        facts = self.catalogue.in_use(self.anchor, at)
        return None if facts is None else facts.crl_number

    @property
    def asked(self) -> int:
        """How often the repository was."""
        return self.published.asked.total()
