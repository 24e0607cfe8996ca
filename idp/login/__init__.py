"""The resident's side of a login: challenge -> proof -> person -> consent -> PPID.

Owns the login transaction, the card login protocol and the pages. Refuses to own anything of OpenID Connect: a
finished login is handed to whoever started it, through the one function that `idp/compose.py` passes in.

A login, request by request:

    GET  /authorize            oidc/authorize: judge the request, start a transaction
    GET  /login/{id}           web_waiting: the card page with LINK
    GET  /login/{id}/phone     web_waiting: the QR code, LINK's other handle
    GET  /card/{handle}        web_card -> handles: challenge, with a nonce; a QR handle is claimed
    POST /card/{handle}/proof  web_card -> proof: jpki/verify, revocation, person -> acceptance
    GET  /tls-card/{handle}    tls_card_web -> tls_card: instead, the browser's own handshake at the card host
    GET  /login/{id}/return    web_pages -> dispatch: ask for consent, or the end
    POST /login/{id}/code      web_pages -> codes -> dispatch: the same, from another device
    POST /login/{id}/consent   web_pages -> pairwise: here the PPID is derived, once
         the end               oidc/authorize.finish -> oidc/code
    POST /token                oidc/token -> oidc/claims
"""
