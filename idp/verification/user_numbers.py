"""The link registry as a service uses it: its own numbers, beside the people whom it knows by a `sub`.

For services behind our login. Nobody needs to approve it: what a service reads here it wrote itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from idp.errors import Reason, Refusal
from idp.store.engine import Transaction
from idp.tenants.tenancy import Client
from idp.user_numbers import export
from idp.user_numbers.refused import NumberRefused, Why
from idp.user_numbers.registry import Registry, Wish
from idp.user_numbers.roll import CSV_HEADER, Entry, Roll, RollRefused, from_csv, require
from idp.verification import user_number_shapes as shapes
from idp.verification.api import JSON, Answer, Call, Endpoint
from idp.verification.problems import ApiProblem
from idp.verification.shapes import NoMembers

CSV = "text/csv"
BY = "service"
MAX_IMPORT_BYTES = 8 * 1024 * 1024
_SUB, _NUMBER = "Lf_4yBSyFj0JN5oA-7RcznstB7ozLEClOnPYk1kZdMg", "0012345678"
_FOUND = {"state": "linked", "user_number": _NUMBER, "sub": _SUB}


def may_link(client: Client) -> bool:
    """Whom these endpoints serve."""
    return client.may_link


@dataclass(frozen=True, slots=True, kw_only=True)
class UserNumbers:
    """The endpoints and what they need."""

    registry: Registry
    roll: Roll

    def endpoints(self) -> tuple[Endpoint, ...]:
        """`POST /user-numbers/set`, `find`, `delete`, `import`, `report`, `export`."""
        return (self._set(), self._find(), self._delete(), self._import(), self._report(), self._export())

    def set(self, call: Call) -> Answer:
        """Link a number and a person. Raises ApiProblem, Refusal with NOT_FOUND."""
        asked = call.read(shapes.SetRequest)
        tenant, client = call.tenant, call.client

        def wish(pair_id: bytes) -> Wish:
            return Wish(
                pair_id=pair_id,
                number=asked.user_number,
                by=BY,
                replace=asked.replace,
                claim=asked.claim_code,
                vouched=True,
                new=True,
            )

        def act(tx: Transaction) -> Answer:
            pair_id = self.registry.pair_of(tx, client, asked.sub)
            changed = self.registry.link(tx, tenant, client, wish(pair_id))
            return Answer({"state": "linked" if changed else "unchanged"})

        self.registry.count_claim(tenant, client, wish(b""))
        return self._once(call, act)

    def find(self, call: Call) -> Answer:
        """A person's number, or whose a number is. Raises Refusal with NOT_FOUND."""
        asked = call.read(shapes.FindRequest)
        tenant, client = call.tenant, call.client
        try:
            with self.registry.store.for_tenant(tenant.tenant_id).read() as tx:
                if asked.sub is not None:
                    pair_id = self.registry.pair_of(tx, client, asked.sub)
                    found = self.registry.of_pair(tx, tenant, client, pair_id)
                else:
                    found = self.registry.of_number(tx, tenant, client, asked.user_number or "")
        except NumberRefused as refused:
            raise problem_of(refused) from refused
        return Answer(export.members(found))

    def delete(self, call: Call) -> Answer:
        """Delete a link with its number, or what is left of the list. Raises Refusal with NOT_FOUND."""
        asked = call.read(shapes.DeleteRequest)
        tenant, client, registry = call.tenant, call.client, self.registry

        def act(tx: Transaction) -> Answer:
            if asked.unlinked:
                return Answer({"deleted": self.roll.drop_unlinked(tx, tenant, client, BY)})
            if asked.sub is not None:
                row = registry.row_of_sub(tx, client, asked.sub)
            else:
                row = registry.row_of_number(tx, tenant, client, asked.user_number or "")
            registry.delete(tx, tenant, client, row, BY)
            return Answer({"deleted": 1})

        return self._once(call, act)

    def take(self, call: Call) -> Answer:
        """Take an existing list on: all of it, or nothing. Raises ApiProblem."""
        new = self.roll.sealed(call.tenant, call.client, _entries(call))

        def act(tx: Transaction) -> Answer:
            told = self.roll.take(tx, call.tenant, call.client, new, BY)
            return Answer({"added": told.added, "known": told.known})

        try:
            return self._once(call, act)
        except RollRefused as refused:
            raise _of_roll(refused) from refused

    def report(self, call: Call) -> Answer:
        """How far the list is linked."""
        if call.unverified:
            call.read(NoMembers)
        counted = self.roll.report(call.tenant, call.client)
        return Answer({"linked": counted.linked, "unlinked": counted.unlinked, "claimable": counted.claimable})

    def export(self, call: Call) -> Answer:
        """All numbers of the service, or those of one state, streamed."""
        asked = call.read(shapes.ExportRequest)
        linked = None if asked.state is None else asked.state == "linked"
        lines = self.roll.lines(call.tenant, call.client, linked=linked)
        if asked.format == "csv":
            return Answer(stream=export.as_csv(lines), mimetype=CSV)
        return Answer(stream=export.as_json(lines))

    def _once(self, call: Call, act: Callable[[Transaction], Answer]) -> Answer:
        """Do it and keep the answer for a repetition, in one transaction."""
        try:
            return self.registry.once(call.tenant, lambda tx: call.keep(tx, act(tx)))
        except NumberRefused as refused:
            raise problem_of(refused) from refused

    def _set(self) -> Endpoint:
        return _endpoint(
            "set",
            self.set,
            "Link a user number and a person, one to one.",
            shapes.SetRequest,
            shapes.SetAnswer,
            problems=("not_found", "claim_refused", "already_linked", "user_number_in_use", "busy"),
            repeatable=True,
            media_types={JSON: {"sub": _SUB, "user_number": _NUMBER}},
            example={"state": "linked"},
        )

    def _find(self) -> Endpoint:
        return _endpoint(
            "find",
            self.find,
            "The user number of a person, or whose a user number is.",
            shapes.FindRequest,
            shapes.FindAnswer,
            problems=("not_found",),
            media_types={JSON: {"user_number": _NUMBER}},
            example=_FOUND,
        )

    def _delete(self) -> Endpoint:
        return _endpoint(
            "delete",
            self.delete,
            "Delete a user number with its link, or all that nobody has claimed.",
            shapes.DeleteRequest,
            shapes.DeleteAnswer,
            problems=("not_found", "busy"),
            repeatable=True,
            media_types={JSON: {"sub": _SUB}},
            example={"deleted": 1},
        )

    def _import(self) -> Endpoint:
        return _endpoint(
            "import",
            self.take,
            "Take on an existing list; each number is linked when its person comes. Never matched by names.",
            shapes.ImportRequest,
            shapes.ImportAnswer,
            problems=("busy",),
            repeatable=True,
            max_bytes=MAX_IMPORT_BYTES,
            media_types={
                JSON: {"user_numbers": [{"user_number": _NUMBER, "claim_code": "K7QX-93MT"}]},
                CSV: f"{CSV_HEADER[1]}\n{_NUMBER},K7QX-93MT\n",
            },
            example={"added": 1, "known": 0},
        )

    def _report(self) -> Endpoint:
        return _endpoint(
            "report",
            self.report,
            "How many user numbers are linked, and how many nobody has claimed.",
            NoMembers,
            shapes.ReportAnswer,
            media_types={JSON: {}, "": None},
            example={"linked": 3, "unlinked": 997, "claimable": 0},
        )

    def _export(self) -> Endpoint:
        return _endpoint(
            "export",
            self.export,
            "The service's user numbers; JSON or CSV.",
            shapes.ExportRequest,
            shapes.ExportAnswer,
            media_types={JSON: {"state": "unlinked", "format": "csv"}},
            example={"user_numbers": [_FOUND]},
            streams=(CSV,),
        )


def problem_of(refused: NumberRefused) -> ApiProblem | Refusal:
    """A refusal of the registry as the API answers it."""
    if refused.why is Why.NOT_FOUND:
        return Refusal(Reason.NOT_FOUND, "no such person, number or link of this service")
    return ApiProblem(refused.why)


def _entries(call: Call) -> list[Entry]:
    """The list that was handed in. Raises ApiProblem with malformed, too_large."""
    try:
        if call.mimetype == CSV:
            return from_csv(call.unverified)
        asked = call.read(shapes.ImportRequest)
        return require([Entry(one.user_number, one.claim_code) for one in asked.user_numbers])
    except RollRefused as refused:
        raise _of_roll(refused) from refused


def _of_roll(refused: RollRefused) -> ApiProblem:
    return ApiProblem("too_large" if refused.too_long else "malformed", str(refused))


def _endpoint(
    name: str, run: Callable[[Call], Answer], summary: str, takes: Any, gives: Any, **more: Any
) -> Endpoint:
    return Endpoint(
        path=f"/user-numbers/{name}",
        name=f"user_numbers_{name}",
        run=run,
        summary=summary,
        takes=takes,
        gives=gives,
        may_call=may_link,
        **more,
    )
