# Takes a snapshot of the whole server: sealed as it lies on disk, it opens with the unseal keys alone.

path "sys/storage/raft/snapshot" {
  capabilities = ["read"]
}
