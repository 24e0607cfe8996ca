"""What every table begins and ends with."""

from sqlalchemy import Column, ForeignKeyConstraint, String


def tenant_id() -> Column[str]:
    """The first column of every primary key."""
    return Column("tenant_id", String(64), primary_key=True)


def of_tenant() -> ForeignKeyConstraint:
    """No row without its tenant."""
    return ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"])
