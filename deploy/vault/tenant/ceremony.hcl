# Brings one tenant's PPID key from a ceremony, or from its shares after a loss; uses none.

path "transit/wrapping_key" {
  capabilities = ["read"]
}

path "transit/keys/ppid-TENANT" {
  capabilities = ["read"]
}

path "transit/keys/ppid-TENANT/import" {
  capabilities       = ["create", "update"]
  allowed_parameters = {
    "type"           = ["hmac"]
    "ciphertext"     = []
    "hash_function"  = ["SHA256"]
    "allow_rotation" = ["false"] # text, as for key_size
  }
}

path "transit/keys/ppid-TENANT/import_version" {
  capabilities       = ["create", "update"]
  allowed_parameters = {
    "ciphertext"    = []
    "hash_function" = ["SHA256"]
  }
}

path "transit/keys/data-TENANT" {
  capabilities       = ["create", "update", "read"]
  allowed_parameters = {
    "type" = ["aes256-gcm96"]
  }
}
