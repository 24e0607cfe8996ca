# Makes and rotates tenants' keys; uses none. Only the parameters named may be sent: a key that is exportable,
# can be backed up in plaintext or deleted, or whose old versions are cut off, cannot be asked for.

path "transit/keys/ppid-*" {
  capabilities       = ["create", "update", "read"]
  allowed_parameters = {
    "type"     = ["hmac"]
    "key_size" = ["32"] # a number here would match nothing
  }
}

path "transit/keys/data-*" {
  capabilities       = ["create", "update", "read"]
  allowed_parameters = {
    "type" = ["aes256-gcm96"]
  }
}
