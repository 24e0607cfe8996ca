"""Who is asked about certificates and people, built once for logins, the verification API and the worker."""

from dataclasses import dataclass

from connectors.ports import LineageSource, TieSource
from idp.compose import jlis, signatures, work
from idp.compose.ground import Ground
from idp.compose.people import People, people_of
from idp.continuity.assembly import Continuity
from idp.continuity.newcomers import Newcomers
from idp.login.pairwise import Pairs
from idp.revocation.assembly import AssembledLists
from idp.revocation.check import RevocationCheck
from idp.signature_status.question import SignatureQuestion
from idp.signature_status.watching import Watching


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """Who is asked about certificates and people, by logins and by the verification API alike."""

    lists: AssembledLists
    revocation: RevocationCheck
    lineage: LineageSource
    ties: TieSource
    signature: SignatureQuestion
    watching: Watching
    pairs: Pairs
    people: People
    newcomers: Newcomers


def judges_of(ground: Ground, continuity: Continuity) -> Judges:
    """All of them."""
    lists = jlis.lists_of(ground.settings, ground.directory, ground.now, ground.token_bytes)
    revocation = jlis.revocation_check(ground.settings, lists.by_crl, ground.now, ground.token_bytes)
    lineage, ties = jlis.lineage_of(ground.settings), jlis.ties_of(ground.settings)
    return Judges(
        lists=lists,
        revocation=revocation,
        lineage=lineage,
        ties=ties,
        signature=signatures.question_of(ground, ties, revocation),
        watching=signatures.watching_of(ground, continuity.events),
        newcomers=continuity.newcomers(lineage),
        pairs=Pairs(
            store=ground.store,
            keys=ground.keys,
            auditor=ground.auditor,
            now=ground.now,
            token_bytes=ground.token_bytes,
        ),
        people=people_of(ground, continuity.events, work.sign_out_of(ground)),
    )
