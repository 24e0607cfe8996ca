"""How much work one run may cost, counted instead of timed: the same input always ends at the same place.

A clock would interrupt a good path on a busy machine; counters bound the worst case on every machine.
"""

from idp.jpki.path.reasons import PathReason, PathRefusal

MAX_CERTIFICATE_BYTES = 64 * 1024
MAX_POOL_CERTIFICATES = 64
MAX_POOL_BYTES = 512 * 1024
MAX_ANCHORS = 64
MAX_CRLS = 64
MAX_CRL_BYTES = 1024 * 1024
MAX_CRLS_BYTES = 2 * 1024 * 1024
"""Lists in memory serve intermediate tiers; a national list goes through the index instead."""
MAX_OCSP_RESPONSES = 32
MAX_OCSP_BYTES = 64 * 1024
MAX_ELEMENTS = 4096
"""DER elements in one certificate or OCSP response; real ones have under 500."""
MAX_PATH_CERTIFICATES = 12
MAX_NAME_COMPARISONS = 4096
MAX_NAME_ATTRIBUTES = 32
MAX_EXTENSIONS = 64
MAX_POLICY_NODES = 128
MAX_POLICIES = 64


class Budget:
    """Counters of one run: DER elements, CRL entries, microseconds of signature checking (estimated), steps,
    comparisons of names, identifiers and scopes.
    """

    def __init__(self) -> None:
        self.elements = 20_000
        self.entries = 20_000
        self.signature_cost = 45_000
        self.steps = 2_000
        self.validation_cost = 60_000
        self.comparisons = 25_000

    @property
    def is_overdrawn(self) -> bool:
        """Whether reading has used up its share, so that what is unread cannot simply be left out."""
        return self.elements < 0 or self.entries < 0

    def spend_elements(self, count: int) -> None:
        """Pay for reading DER. Raises PathRefusal with TOO_LARGE."""
        self.elements -= count
        if self.elements < 0:
            raise PathRefusal(PathReason.TOO_LARGE, "too many DER elements in all")

    def spend_entry(self) -> None:
        """Pay for one entry of a CRL. Raises PathRefusal with TOO_LARGE."""
        self.entries -= 1
        if self.entries < 0:
            raise PathRefusal(PathReason.TOO_LARGE, "too many CRL entries in all")

    def spend_signature(self, cost: int) -> None:
        """Pay for one signature check. Raises PathRefusal with SEARCH_EXHAUSTED."""
        self.signature_cost -= cost
        if self.signature_cost < 0:
            raise PathRefusal(PathReason.SEARCH_EXHAUSTED, "signature checks")

    def spend_step(self) -> None:
        """Pay for one step of the path search. Raises PathRefusal with SEARCH_EXHAUSTED."""
        self.steps -= 1
        if self.steps < 0:
            raise PathRefusal(PathReason.SEARCH_EXHAUSTED, "path search")

    def spend_validation(self, cost: int) -> None:
        """Pay for RFC 5280 processing, in estimated microseconds. Raises PathRefusal with SEARCH_EXHAUSTED."""
        self.validation_cost -= cost
        if self.validation_cost < 0:
            raise PathRefusal(PathReason.SEARCH_EXHAUSTED, "candidate paths")

    def spend_comparisons(self, count: int) -> None:
        """Pay for comparisons, of which a pool can ask for millions. Raises PathRefusal with SEARCH_EXHAUSTED."""
        self.comparisons -= count
        if self.comparisons < 0:
            raise PathRefusal(PathReason.SEARCH_EXHAUSTED, "comparisons")
