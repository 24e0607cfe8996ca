# One node of a cluster of three: of two nodes neither may die, because raft needs a majority. The same file on every
# node but for addresses and node_id: OpenBao refuses a standby whose audit stanza differs, so the same path everywhere.
# GOGC=400 in the unit's environment spares a sixth of the time of deriving in bulk.
api_addr     = "https://bao-1.example:8200"
cluster_addr = "https://bao-1.example:8201"

# A standby forwards everything. Left out, OpenBao's standbys answer reads from what has reached them: behind one name a
# key that was just made is not there, and a version that was just added is refused (tests/contracts/test_vault_failover).
disable_standby_reads = true

storage "raft" {
  path    = "/var/lib/openbao"
  node_id = "bao-1"
  retry_join {
    leader_api_addr     = "https://bao-2.example:8200"
    leader_ca_cert_file = "/etc/openbao/ca.pem"
  }
  retry_join {
    leader_api_addr     = "https://bao-3.example:8200"
    leader_ca_cert_file = "/etc/openbao/ca.pem"
  }
}

listener "tcp" {
  address         = "0.0.0.0:8200"
  tls_cert_file   = "/etc/openbao/tls.pem"
  tls_key_file    = "/etc/openbao/tls.key"
  tls_min_version = "tls13"

  # Bounds a batch: 498 HMACs at the default of 1000. Raised, IDP_VAULT_JSON_STRINGS says the same number.
  max_request_json_strings = 1000
}

# Every use of a key, with inputs and results as keyed hashes: what was derived is not in it. Without a writable
# audit device OpenBao answers nothing: alarm on the disk, and keep a second device elsewhere.
audit "file" "main" {
  options {
    file_path = "/var/log/openbao/audit.log"
    mode      = "0600"
  }
}
