"""The tables. Every one has `tenant_id` first in its primary key; no clear column refers to a person.

Times are whole seconds since 1970 (UTC) unless a name says milliseconds; `created` is a date on purpose, so
that rows of one person cannot be joined by their moment. Blobs named `sealed_*` are AES-256-GCM under the
tenant's data key, bound to tenant, table, row and field.

A file a subject; whoever imports this folder knows every table.
"""

from idp.store.metadata import metadata
from idp.store.schema.agents import acting_login, representation, representation_code, representation_party
from idp.store.schema.credentials import account_request, passkey, password_account
from idp.store.schema.municipalities import approval, data_key, officer, proposal, signing_key, tenant, tenant_key
from idp.store.schema.organizations import company, organization_account
from idp.store.schema.pairs import (
    former_number,
    migration,
    migration_service,
    moved_grant,
    pair,
    pair_generation,
    user_number,
    user_number_history,
)
from idp.store.schema.receipts import receipt
from idp.store.schema.released import acceptance, consent, grant, released_attribute
from idp.store.schema.residents import (
    certificate,
    person,
    person_reference,
    resident_code,
    signature_watch,
    transfer_code,
)
from idp.store.schema.services import client, client_error, client_secret, invitation, resource, sector, terminal
from idp.store.schema.sessions import access_token, code_redemption, refresh_family, session, session_client
from idp.store.schema.sign_ins import own_sign_in, sign_in
from idp.store.schema.signing import signed_statement
from idp.store.schema.trail import audit_entry, audit_head, audit_link, ledger, meter
from idp.store.schema.trust import trust_anchor, trust_certificate, trust_list, trust_store
from idp.store.schema.work import batch, batch_part, idempotency, one_time_value, outbox

__all__ = [
    "acceptance",
    "access_token",
    "account_request",
    "acting_login",
    "approval",
    "audit_entry",
    "audit_head",
    "audit_link",
    "batch",
    "batch_part",
    "certificate",
    "client",
    "client_error",
    "client_secret",
    "code_redemption",
    "company",
    "consent",
    "data_key",
    "former_number",
    "grant",
    "idempotency",
    "invitation",
    "ledger",
    "metadata",
    "meter",
    "migration",
    "migration_service",
    "moved_grant",
    "officer",
    "one_time_value",
    "organization_account",
    "outbox",
    "own_sign_in",
    "pair",
    "pair_generation",
    "passkey",
    "password_account",
    "person",
    "person_reference",
    "proposal",
    "receipt",
    "refresh_family",
    "released_attribute",
    "representation",
    "representation_code",
    "representation_party",
    "resident_code",
    "resource",
    "sector",
    "session",
    "session_client",
    "sign_in",
    "signature_watch",
    "signed_statement",
    "signing_key",
    "tenant",
    "tenant_key",
    "terminal",
    "transfer_code",
    "trust_anchor",
    "trust_certificate",
    "trust_list",
    "trust_store",
    "user_number",
    "user_number_history",
]
