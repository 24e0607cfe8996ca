"""The authenticator's side of the card login: card, protocol and the card agent `idp-card`.

From the card outwards: `apdu` (bytes), `transport` and `pcsc` (the way to a reader), `files`, then the two
applications `jpki_application` and `input_support` (`basic4` is what it reads). `card` is the port over
`command_card`, `pkcs11_card` and `softcard`. From the provider inwards: `link`, `protocol`, `agent`.
`conversation` brings both together before a face, `terminal` or `window`; `main` is the program.
The My Number (EF 0001 of the input-support application) has no name anywhere here.
"""
