# Makes and rotates one tenant's two keys; uses none.

path "transit/keys/ppid-TENANT" {
  capabilities       = ["create", "update", "read"]
  allowed_parameters = {
    "type"     = ["hmac"]
    "key_size" = ["32"] # a number here would match nothing
  }
}

path "transit/keys/data-TENANT" {
  capabilities       = ["create", "update", "read"]
  allowed_parameters = {
    "type" = ["aes256-gcm96"]
  }
}

path "transit/keys/ppid-TENANT/rotate" {
  capabilities = ["create", "update"]
}

path "transit/keys/data-TENANT/rotate" {
  capabilities = ["create", "update"]
}
