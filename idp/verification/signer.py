"""What may be told of a signer, once their certificate could be trusted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from idp.signatures import holder
from idp.signatures.judged import Judged


@dataclass(frozen=True, slots=True)
class KnownSigner:
    """The certificate's items, as they stand there and for a comparison; nothing of one that nobody trusts."""

    items: Mapping[str, str] = field(default_factory=dict, repr=False)
    comparable: Mapping[str, str] = field(default_factory=dict, repr=False)
    substituted: tuple[str, ...] = ()

    def shown(self, names: Sequence[str]) -> dict[str, object] | None:
        """Those of these items that are there; None where none is wanted or known."""
        found: dict[str, object] = {name: self.items[name] for name in names if name in self.items}
        if not found:
            return None
        return {**found, "substituted": [name for name in self.substituted if name in found]}


def known(judged: Judged) -> KnownSigner:
    """What is known of whoever made a signature that was judged."""
    if judged.certificate is not None:
        leaf = judged.certificate.leaf
        return KnownSigner(holder.basic4(leaf), holder.comparable(leaf), holder.substituted(leaf))
    if judged.path:
        return KnownSigner({"subject": holder.subject(judged.path[0])})
    return KnownSigner()
