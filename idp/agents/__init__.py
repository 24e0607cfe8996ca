"""Agents (代理人): who may act for whom at which services, and logins in which somebody does.

Owns the registry of representations, how one begins and ends, and what of it is remembered. Refuses to own the
login's pages (`idp/login/for_whom.py`), the claim `act` (`idp/oidc/claims/act.py`) and the pages on which people
see theirs (`idp/my/web_agents.py`).

    representation   what one is, and whether it holds at a moment at a service. Pure.
    registry         how they are kept: sealed, found by either side, followed through merges
    mandates         委任: offered by the person, taken up by the agent with a code
    statutory        parents and guardians: at the counter, on two officers' word
    ending           the end of one: its logins and tokens end with it, and services are told
    acting           what a login in which somebody acts carries
    using            a representation is used by a login: counted, and spent where it is for once

Somebody acts by their own certificate alone, in a login of its own that goes on to no other service. So no agent
has an agent: whoever signs in is asked for whom they act themselves, and never for whom those act.
"""
