"""Changing the numbers by which services know people, planned: the PPID document, section Life.

Three reasons, one way. A *compromised* key version: the pairs made with it get numbers of the present version. A
service that *moves to another sector*: its residents get that sector's numbers. Tenants that *merge*: a service
is served by another tenant's issuer, with the numbers it knows.

**What moves is a grant.** A pair never changes its number. Each resident's grant (and what hangs on it: consent,
user number) moves, in one transaction, from the pair that it was on to another: made for it, or the one that the
person has in the other sector. A pair whose last grant has left is ended and stays as a tombstone: its digest is
unique in the table, so no number is ever issued twice. A code, an access token and its UserInfo name the pair
that they were given for, so what began with the old number ends with it within minutes; the next login has the
new one.

**One number at each moment.** While the move lasts a service's resident is looked for where the grant is: in the
sector that it leaves first, and there only while the grant is there. So every resident has exactly one number at
a service, the old one until its part was committed and the new one from then on; nobody waits, and known pairs
need no key.

**States.** `moving`: parts of some hundred pairs, each one transaction with its progress, so a worker that is
killed costs one part. The first begins when every server has heard of the change; passes go on until one finds
nobody. `telling`: the event `subject-migrated` to the services that take events. `open`: the window, in which ID
token and UserInfo say `previous_sub`. `finished`: what joined old and new is deleted. Instead, `aborting` and
`aborted`: whoever's new number nobody has received goes back to the old one; the others stay, and are counted.

**Who received what.** A moved grant is marked as told before its number leaves: with the login, the answer of
the API, the event, or the mapping file. Going back takes only rows that are not marked, under a lock that the
marking waits for.

**Tenants that merge** stay two tenants, behind all six walls. The giving one's officers release one service's
residents to one client of the taking one; the taking one's officers accept. The worker reads in a transaction of
the giver's and writes in one of the taker's, never in one of both; a value is opened under the giver's key and
sealed under the taker's, with its origin, and is not derived again: the derivation inputs stay the giver's. A
person is found by certificate: at a login of that service, or of one that shares its number, the giver's
certificate index is asked once, in the giver's transaction, and a pair that is found becomes the taker's person's.
Services that share a number can be taken over into one sector if they shared it at the giver, too. Nothing else of
the giver's can be read, and nothing once the window is closed or the release withdrawn. The old issuer goes on
answering.

Two officers approve a plan, and what they approved is kept with a MAC. Operators:
`deploy/runbooks/migration.md`; services: `idp/developer/migration.md`.
"""
