"""The resident's side of a login: challenge -> proof -> person -> consent -> PPID -> session.

Owns the login transaction, the card login protocol, the pages, and the sessions that come of it. Refuses to own
anything of OpenID Connect: a finished login is handed to whoever started it, through the one function that
`idp/compose/` passes in; and whose certificates are whose, which is `idp/people/`'s.

A login, request by request:

    GET  /authorize             oidc/authorization: judge the request; may the browser's session stand for a proof?
                                single_sign_on -> sessions, demand, still_good. If so: the end, or only consent;
                                if not: card_page, the card page with LINK, in answer to this very request
    GET  /login/{id}            web_waiting -> card_page: the same page, and why the card is asked for again
    GET  /login/{id}/phone      web_waiting: the QR code, LINK's other handle
    GET  /card/{handle}         web_card -> handles, challenge: a nonce, and which attributes to read from the card
    POST /card/{handle}/proof   web_card -> proof: proof_body, jpki/verify, levels, attributes, revocation, person
                                -> acceptance: people/arrival, the session; or nobody's yet
    GET  /tls-card/{handle}     tls_card_web -> tls_card: instead, the browser's own handshake at the card host
    POST /login/{id}/passkey    web_passkey, web_password, web_company -> other_way: something else than a card,
                                where service and municipality take it; so at /password, /company, /staff and
                                /company-certificate
    GET  /login/{id}/return     web_pages -> dispatch: the question, consent, or the end
    POST /login/{id}/code       web_pages -> codes -> dispatch: the same, from another device
    POST /login/{id}/person     web_question -> question: whose certificate is it, where J-LIS cannot tell?
                                the other card proves it, in a transaction beside this one; or a transfer code
                                does; or it is somebody new. Then on as from /return; a counter comes another day
    POST /login/{id}/for        web_for_whom -> for_whom: for themselves, or for somebody for whom they may act?
    GET  /login/{id}/signature  web_signature: where the service asks for what the signature certificate says. The
                                statement is signed in a transaction of its own (/login/{id} and /card/{handle}
                                once more -> consent_signing/proof), and the login goes on with it, or without
    GET  /login/{id}/application  web_signature: the same where the service hands an application over by its digest
    POST /login/{id}/consent    web_pages -> pairwise: here the PPID is derived, once;
                                -> release: the attributes are put where UserInfo finds them, until its token ends
         the end                oidc/authorization/authorize.finish -> oidc/tokens/code
    POST /token                 oidc/tokens -> oidc/claims; here the session begins to go on to other services
    GET  /userinfo              oidc/claims/userinfo -> still_good; release.found -> oidc/claims/attribute_claims

A session ends by /logout (oidc/logout -> sign_out), by a revoked certificate (still_good, verify_later) or by an
act upon its person (people/sessions); services are told by oidc/logout/back_channel.
"""
