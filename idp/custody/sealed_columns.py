"""Where sealed bytes lie in the database, and the place that each is bound to.

Whoever adds a column `sealed_*` to the schema names it here (a test says so), or a new generation of the data key
would never reach it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from idp.keys.sealing import Place

Columns = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """How to find the place of a row's sealed bytes: from its primary key, and the columns in `also`."""

    place: Callable[[Columns], Place]
    also: Sequence[str] = ()


def _of(table: str, key: str, field: str) -> SealedColumn:
    """The ordinary case: the row is known by one column of bytes."""
    return SealedColumn(lambda row: Place(table, row[key], field))


def _part(field: str) -> SealedColumn:
    return SealedColumn(lambda row: Place("batch_part", row["batch_id"] + row["part"].to_bytes(4, "big"), field))


SEALED: Mapping[tuple[str, str], SealedColumn] = MappingProxyType(
    {
        ("certificate", "sealed_handle"): _of("certificate", "cert_index", "handle"),
        ("certificate", "sealed_name"): _of("certificate", "cert_index", "name"),
        ("person", "sealed_record"): _of("person", "person_index", "record"),
        ("person_reference", "sealed_body"): _of("person_reference", "reference_index", "body"),
        ("resident_code", "sealed_handle"): _of("resident_code", "code_index", "handle"),
        ("transfer_code", "sealed_handle"): _of("transfer_code", "code_index", "handle"),
        ("representation", "sealed_body"): _of("representation", "representation_id", "body"),
        ("representation_party", "sealed_representation"): _of(
            "representation_party", "party_id", "representation"
        ),
        ("representation_code", "sealed_representation"): _of(
            "representation_code", "code_index", "representation"
        ),
        ("acting_login", "sealed_body"): SealedColumn(
            lambda row: Place("acting_login", row["transaction_id"].encode(), "body")
        ),
        ("password_account", "sealed_body"): _of("password_account", "account_index", "body"),
        ("company", "sealed_body"): _of("company", "company_index", "body"),
        ("organization_account", "sealed_body"): _of("organization_account", "account_index", "body"),
        ("account_request", "sealed_body"): SealedColumn(
            lambda row: Place("account_request", row["request_number"].encode(), "body")
        ),
        ("passkey", "sealed_body"): _of("passkey", "credential_index", "body"),
        ("pair", "sealed_ppid"): _of("pair", "pair_id", "ppid"),
        ("pair", "sealed_handle"): _of("pair", "pair_id", "handle"),
        ("pair", "sealed_origin"): _of("pair", "pair_id", "origin"),
        ("pair", "sealed_proof"): _of("pair", "pair_id", "proof"),
        ("former_number", "sealed_record"): _of("former_number", "former_index", "record"),
        ("moved_grant", "sealed_previous"): SealedColumn(
            lambda row: Place("moved_grant", row["client_id"].encode() + b"\x00" + row["pair_id"], "previous")
        ),
        ("released_attribute", "sealed_value"): SealedColumn(
            lambda row: Place(
                "released_attribute", f"{row['transaction_id']} {row['source']}".encode(), row["name"]
            ),
            also=("source",),
        ),
        ("signed_statement", "sealed_proof"): SealedColumn(
            lambda row: Place("signed_statement", row["transaction_id"].encode(), "proof")
        ),
        ("receipt", "sealed_body"): SealedColumn(
            lambda row: Place("receipt", row["arrival_number"].encode(), "body")
        ),
        ("session", "sealed_handle"): _of("session", "session_digest", "handle"),
        ("session", "sealed_certificate"): _of("session", "session_digest", "certificate"),
        ("refresh_family", "sealed_certificate"): _of("refresh_family", "code_digest", "certificate"),
        ("outbox", "sealed_payload"): _of("outbox", "job_id", "payload"),
        ("idempotency", "sealed_answer"): _of("idempotency", "key_digest", "answer"),
        ("batch_part", "sealed_questions"): _part("questions"),
        ("batch_part", "sealed_answers"): _part("answers"),
        ("signature_watch", "sealed_record"): _of("signature_watch", "watch_id", "record"),
        ("sign_in", "sealed_body"): SealedColumn(
            lambda row: Place("sign_in", row["entry_id"] + row["client_id"].encode(), "body"), also=("client_id",)
        ),
        ("own_sign_in", "sealed_body"): _of("own_sign_in", "entry_id", "body"),
        ("user_number", "sealed_number"): _of("user_number", "number_id", "number"),
        ("user_number_history", "sealed_record"): _of("user_number_history", "entry_id", "record"),
        ("signing_key", "sealed_private_key"): SealedColumn(
            lambda row: Place("signing_key", row["kid"].encode(), "private_key")
        ),
        ("tenant_key", "sealed_private_key"): SealedColumn(
            lambda row: Place(
                "tenant_key", row["key_id"].encode() + b"\x00" + (row["certificate"] or b""), "private_key"
            ),
            also=("certificate",),
        ),
    }
)
UNDER_A_MAC = frozenset({("ledger", "sealed_details")})
"""Sealed bytes that a chain of MACs covers: they stay as they are, and so does the generation that opens them."""
