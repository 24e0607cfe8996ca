"""The resident's side of a login: challenge -> proof -> person -> consent -> PPID.

Owns the login transaction, the card login protocol and the pages. Refuses to own anything of OpenID Connect: a
finished login is handed to whoever started it, through the one function that `idp/compose.py` passes in.

A login, request by request:

    GET  /authorize            oidc/authorize: judge the request, start a transaction
    GET  /login/{id}           web_pages: the card page with LINK
    GET  /card/{handle}        web_card: challenge, with a nonce
    POST /card/{handle}/proof  web_card -> proof: jpki/verify, revocation, person -> acceptance
    GET  /login/{id}/return    web_pages -> dispatch: ask for consent, or the end
    POST /login/{id}/consent   web_pages -> pairwise: here the PPID is derived, once
         the end               oidc/authorize.finish -> oidc/code
    POST /token                oidc/token -> oidc/claims
"""
