"""Shelter mode: serial numbers collected without network, verified in bulk when there is one again.

A collector (the command `idp collect record`, or a page that is one file) holds the tenant's public collection key
alone. Each record becomes one line, a compact JWE (RFC 7516; ECDH-ES with a fresh P-256 key, A256GCM) whose
protected header names the key (`kid`), the file (`file`, 128 random bits) and the line's place in it (`seq`, from
1). Inside stand `kind`, `serial`, `issuer_key_id`, `at` and `place`; or `total`, how many records so far.
Nobody reads a line again without the tenant's sealed private key; who loses the device loses no serial number.
"""
