# Brings PPID keys from a ceremony (or from its shares, after a loss) and uses none. For the hour of the ceremony.
# A key brought with it can never leave, be rotated inside, or lose a version.

path "transit/wrapping_key" {
  capabilities = ["read"]
}

path "transit/keys/ppid-*" {
  capabilities       = ["create", "update", "read"]
  allowed_parameters = {
    "type"           = ["hmac"]
    "ciphertext"     = []
    "hash_function"  = ["SHA256"]
    "allow_rotation" = ["false"] # text, as for key_size
  }
}

path "transit/keys/data-*" {
  capabilities       = ["create", "update", "read"]
  allowed_parameters = {
    "type" = ["aes256-gcm96"]
  }
}
