# The provider, for one tenant: uses the tenant's two keys, makes none, takes none out.

path "transit/hmac/ppid-TENANT/sha2-256" {
  capabilities = ["update"]
}

path "transit/encrypt/data-TENANT" {
  capabilities = ["update"]
}

path "transit/decrypt/data-TENANT" {
  capabilities = ["update"]
}

path "transit/keys/ppid-TENANT" {
  capabilities = ["read"]
}

path "transit/keys/data-TENANT" {
  capabilities = ["read"]
}

path "auth/token/lookup-self" {
  capabilities = ["read"]
}

path "auth/token/renew-self" {
  capabilities = ["update"]
}
