"""Rows of companies, and of the accounts of organizations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.store import schema
from idp.store.engine import Transaction, values

_company, _account = schema.company, schema.organization_account


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """`sealed_body`: see `idp/organizations/companies.py`."""

    company_index: bytes
    sealed_body: bytes


@dataclass(frozen=True, slots=True)
class AccountRow:
    """`sealed_body`: see `idp/organizations/account.py`."""

    account_index: bytes
    organization_mark: bytes
    sealed_body: bytes


def company(tx: Transaction, company_index: bytes, *, held: bool = False) -> CompanyRow | None:
    """The row of a corporate number; `held`: nobody else changes it until `tx` ends."""
    columns = [_company.c[name] for name in CompanyRow.__slots__]
    asked = select(*columns).where(_company.c.tenant_id == tx.tenant_id, _company.c.company_index == company_index)
    row = tx.connection.execute(asked.with_for_update() if held else asked).first()
    return CompanyRow(*row) if row else None


def companies(tx: Transaction) -> Sequence[CompanyRow]:
    """All of them."""
    columns = [_company.c[name] for name in CompanyRow.__slots__]
    asked = select(*columns).where(_company.c.tenant_id == tx.tenant_id)
    return [CompanyRow(*row) for row in tx.connection.execute(asked)]


def add_company(tx: Transaction, row: CompanyRow, *, created: date) -> bool:
    """Insert. False when the company is there already."""
    statement = insert(_company).on_conflict_do_nothing()
    return tx.connection.execute(statement, values(tx, row, created=created)).rowcount == 1


def put_company(tx: Transaction, row: CompanyRow) -> None:
    """Store another body."""
    mine = (_company.c.tenant_id == tx.tenant_id, _company.c.company_index == row.company_index)
    tx.connection.execute(update(_company).where(*mine).values(sealed_body=row.sealed_body))


def account(tx: Transaction, account_index: bytes, *, held: bool = False) -> AccountRow | None:
    """The row of an ID."""
    columns = [_account.c[name] for name in AccountRow.__slots__]
    asked = select(*columns).where(_account.c.tenant_id == tx.tenant_id, _account.c.account_index == account_index)
    row = tx.connection.execute(asked.with_for_update() if held else asked).first()
    return AccountRow(*row) if row else None


def accounts_of(tx: Transaction, organization_mark: bytes) -> Sequence[AccountRow]:
    """All accounts of an organization, the oldest first."""
    columns = [_account.c[name] for name in AccountRow.__slots__]
    mine = (_account.c.tenant_id == tx.tenant_id, _account.c.organization_mark == organization_mark)
    asked = select(*columns).where(*mine).order_by(_account.c.created)
    return [AccountRow(*row) for row in tx.connection.execute(asked)]


def add_account(tx: Transaction, row: AccountRow, *, created: date) -> bool:
    """Insert. False when the ID is taken."""
    statement = insert(_account).on_conflict_do_nothing()
    return tx.connection.execute(statement, values(tx, row, created=created)).rowcount == 1


def put_account(tx: Transaction, row: AccountRow) -> None:
    """Store another body."""
    mine = (_account.c.tenant_id == tx.tenant_id, _account.c.account_index == row.account_index)
    tx.connection.execute(update(_account).where(*mine).values(sealed_body=row.sealed_body))


def remove_account(tx: Transaction, account_index: bytes) -> None:
    """Delete."""
    mine = (_account.c.tenant_id == tx.tenant_id, _account.c.account_index == account_index)
    tx.connection.execute(delete(_account).where(*mine))
