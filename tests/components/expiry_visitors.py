"""A process whose residents all ask at one moment whether their certificates are revoked.

Arguments: the repository's URL, the folder of indexes, how many residents, the anchors' certificates in DER. Says
`ready`, begins when a line comes in, prints JSON: for each resident the seconds from question to answer, and that.
"""

import json
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

from components.revocation_lists import NOW

from connectors.http import Outbound
from connectors.jlis.crl import CrlHttp
from connectors.ports import CertificateKind
from idp.errors import Refusal
from idp.jpki.revocation import NoEvidence
from idp.jpki.trust import Anchor, read_anchor
from idp.revocation.by_crl import ByCrl
from idp.revocation.due import Scope
from idp.revocation.refresh import ListRefresh
from idp.store.crl_index.catalogue import Catalogue
from idp.store.crl_index.lists import IndexedLists

NOT_LISTED = 0x70_0000_0000_0000
"""Seven octets: `huge` lists none of so many."""
STACK_BYTES = 256 * 1024


def method(url: str, folder: Path) -> ByCrl:
    """Revocation by lists as `idp.compose` puts it together, at the tests' moment."""
    outbound = Outbound([url], read_seconds=60.0, stall_seconds=10.0, max_bytes=1 << 30)
    catalogue = Catalogue(folder, max_bytes=1 << 30)
    refresh = ListRefresh(
        CrlHttp(url, outbound), catalogue, every=timedelta(hours=1), now=lambda: NOW, monotonic=time.monotonic
    )
    lists = IndexedLists(catalogue, lambda: NOW)
    return ByCrl(lists, refresh, scope=Scope.WHOLE, monotonic=time.monotonic)


def visit(by_crl: ByCrl, anchors: list[Anchor], count: int, begin) -> list[tuple[float, str]]:
    """`count` residents in threads of their own; `begin` is called when all stand ready."""
    gate, waited = threading.Event(), [(0.0, "nothing")] * count

    def resident(number: int) -> None:
        gate.wait()
        started = time.monotonic()
        try:
            by_crl.evidence_for(anchors[number % len(anchors)], NOT_LISTED + number)
            said = "good"
        except (NoEvidence, Refusal) as refused:
            said = str(refused)
        waited[number] = (time.monotonic() - started, said)

    threading.stack_size(STACK_BYTES)
    threads = [threading.Thread(target=resident, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    begin()
    gate.set()
    for thread in threads:
        thread.join()
    return waited


def main(url: str, folder: Path, count: int, certificates: list[Path]) -> None:
    """Wait for the word, then ask."""
    anchors = [read_anchor(CertificateKind.USER, file.read_bytes()) for file in certificates]

    def begin() -> None:
        print("ready", flush=True)
        sys.stdin.readline()

    print(json.dumps(visit(method(url, folder), anchors, count, begin)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), [Path(name) for name in sys.argv[4:]])
