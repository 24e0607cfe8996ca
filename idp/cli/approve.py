"""`idp approve ID`, `idp approve list|show|withdraw`, `idp approve officer add|list|remove`."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from idp.cli.context import build, tenant_of
from idp.cli.files import read_secret
from idp.cli.options import AsJson, Data, TenantId
from idp.cli.output import errors_as_exit_codes, show
from idp.oversight.approval import Proposal

_YES = "yes"
_COLUMNS = ("id", "summary", "state", "approved_by", "expires_at")
_OFFICERS = ("officer", "state", "created")
ProposalId = Annotated[str, typer.Argument(help="The proposal's id.")]
OfficerName = Annotated[str, typer.Argument(help="An office rather than a person: a-z, 0-9 and hyphen.")]


class _IdOrVerb(TyperGroup):
    """`idp approve ID` beside verbs: whatever is no verb is the id of what is approved."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """See TyperGroup."""
        is_verb = not args or args[0] in self.commands or args[0] == "--help"
        parsed: list[str] = super().parse_args(ctx, args if is_verb else [_YES, *args])
        return parsed


app = typer.Typer(
    name="approve",
    help="Two-person approval: idp approve ID --tenant T, or one of these.",
    cls=_IdOrVerb,
    no_args_is_help=True,
)
officer = typer.Typer(name="officer", help="Who may approve.", no_args_is_help=True)
app.add_typer(officer)


@app.command(_YES, hidden=True)
def approve(
    proposal_id: ProposalId,
    tenant: TenantId,
    fingerprint: Annotated[
        str, typer.Option("--fingerprint", "--confirm", help="What it asks for, from an independent source.")
    ] = "",
    token_file: Annotated[
        Path | None, typer.Option("--token-file", help="The officer's token; else standard input.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Approve a proposal with an officer's token; with the second officer's it is done."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        of = tenant_of(product, tenant)
        approvals = product.trust.approvals
        asked = approvals.one(of, proposal_id)
        given = fingerprint or _confirmation(asked)
        token = read_secret(token_file, prompt="token")
        outcome = approvals.approve(of, proposal_id, token, given)
        state = "applied" if outcome.applied else "open"
        record = {"id": proposal_id, "officer": outcome.officer, "state": state, "missing": outcome.missing}
        show(record, as_json=as_json)


@app.command("list")
def list_(tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """List the newest proposals."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        proposals = product.trust.approvals.all(tenant_of(product, tenant))
        show([described(proposal) for proposal in proposals], as_json=as_json, columns=_COLUMNS)


@app.command("show")
def show_(proposal_id: ProposalId, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Show what a proposal asks for, and what an officer must compare."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        show(details(product.trust.approvals.one(tenant_of(product, tenant), proposal_id)), as_json=as_json)


@app.command()
def withdraw(proposal_id: ProposalId, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Let an open proposal go."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        product.trust.approvals.withdraw(tenant_of(product, tenant), proposal_id)
        show({"id": proposal_id, "state": "withdrawn"}, as_json=as_json)


@officer.command()
def add(name: OfficerName, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Make somebody an officer; their token is printed once and never again.

    The first two are officers at once; from the third on, the officers must approve.
    """
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        made = product.trust.officers.add(tenant_of(product, tenant), name)
        state = "live" if made.proposal is None else "proposed"
        waiting = {} if made.proposal is None else {"proposal": made.proposal.proposal_id}
        show({"officer": made.officer, "token": made.token, "state": state, **waiting}, as_json=as_json)


@officer.command("list")
def officers(tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """List all who ever were officers."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        rows = [
            {"officer": row.officer_id, "state": row.state, "created": row.created.isoformat()}
            for row in product.trust.officers.all(tenant_of(product, tenant))
        ]
        show(rows, as_json=as_json, columns=_OFFICERS)


@officer.command()
def remove(name: OfficerName, tenant: TenantId, data: Data = None, as_json: AsJson = False) -> None:
    """Propose that somebody be an officer no more."""
    with errors_as_exit_codes(as_json=as_json):
        product = build(data)
        show_proposed(product.trust.officers.remove(tenant_of(product, tenant), name), as_json=as_json)


def _confirmation(asked: Proposal) -> str:
    """What the officer types who sits at a terminal and sees the facts; empty anywhere else."""
    if not (asked.asks and sys.stdin.isatty()):
        return ""
    for name, fact in details(asked).items():
        print(f"{name:<16} {fact}", file=sys.stderr)
    print(f"{asked.asks}: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def show_proposed(proposal: Proposal | None, *, as_json: bool) -> None:
    """Print what was proposed, or that it was done at once."""
    show({"state": "done"} if proposal is None else details(proposal), as_json=as_json)


def described(proposal: Proposal) -> dict[str, Any]:
    """A proposal as commands list it."""
    return {
        "id": proposal.proposal_id,
        "summary": proposal.summary,
        "state": proposal.state,
        "approved_by": list(proposal.approved_by),
        "expires_at": proposal.expires_at.isoformat(),
    }


def details(proposal: Proposal) -> dict[str, Any]:
    """What an officer compares beside that."""
    asked = {"asks_for": proposal.asks} if proposal.asks else {}
    return described(proposal) | {"action": proposal.action} | dict(proposal.facts) | asked
