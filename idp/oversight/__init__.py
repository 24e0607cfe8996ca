"""Who decided what: approvals by two officers, the audit trail, the ledger of continuity."""
