"""The resident's own pages, at {issuer}/my: which services know them, what was handed over, and how to end it.

Owns what these pages show and how their acts are confirmed. Refuses to own the acts: consents, numbers, sessions
and codes end by the functions that also end them elsewhere.

    POST /my/sign-in            web_entering: a login transaction whose end is this page (`idp/login/own_pages.py`)
    GET  /my                    web_services: the services, with the months of a year        R14
    GET  /my/services/{id}      web_services: one of them, and to stop it in two steps        R15
    .../{id}/consent            web_consents: what it may receive, taken back item by item     R15
    GET  /my/history            web_history: when and where somebody signed in; "not me"      R16
    GET  /my/sessions           web_sessions: what is open now, ended one by one or at once   R17
    GET  /my/certificate        web_certificate: how long the card's certificate lasts        R18
    GET  /my/codes              web_codes: transfer code, 利用者コード
    GET  /my/ways               web_ways: password and passkeys, made with the card
    GET  /my/agents             web_agents: who may act for me, for whom may I act             R21
    GET  /my/data               web_data: everything that is held about a person              R19
    GET  /my/leaving            web_leaving: what ends, what remains, and the end             R20

Nobody is named in a URL. What a form changes, it changes for the person of the session that sent it, whatever else
it says; what cannot be undone needs a proof of the last minutes.
"""
