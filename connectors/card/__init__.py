"""The authenticator's side of the card login: card, protocol and the card agent `idp-card`."""
