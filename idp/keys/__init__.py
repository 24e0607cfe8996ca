"""Keys of a tenant in use: sealing what is stored, signing and encrypting what leaves."""
