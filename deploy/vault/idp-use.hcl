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

# The latest versions. For symmetric keys this shows times of creation only.
path "transit/keys/ppid-*" {
  capabilities = ["read"]
}

path "transit/keys/data-*" {
  capabilities = ["read"]
}

# Readiness: is this identity still known? And its token, before it ends.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}

path "auth/token/renew-self" {
  capabilities = ["update"]
}
