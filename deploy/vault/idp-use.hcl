# The provider itself: uses every tenant's keys, makes none, takes none out.

path "transit/hmac/ppid-*" {
  capabilities = ["update"]
}

path "transit/encrypt/data-*" {
  capabilities = ["update"] # without "create", no key comes into being by encrypting under a new name
}

path "transit/decrypt/data-*" {
  capabilities = ["update"]
}

# The latest version of a PPID key. For symmetric keys this shows times of creation only.
path "transit/keys/ppid-*" {
  capabilities = ["read"]
}

# Readiness: is this identity still known?
path "auth/token/lookup-self" {
  capabilities = ["read"]
}
