"""Those who sign in for an organization: companies, and the municipality's own staff.

They are no residents: each kind has handles of its own, and none of them ever becomes a resident's or is merged
with one. A company is one person towards a service, whoever signs in for it, and stays so for life: it is found by
its corporate number (法人番号), never by a certificate. A member of the staff is a person of their own.

    corporate_number   法人番号, read and checked. Pure.
    certified          which company a certificate names. Pure.
    claim              what services are told of the organization. Pure.
    companies          those that are known here, and how they come to be
    account            an ID of somebody who signs in for one
    accounts           IDs given out, their passwords changed, and ended
    binding            a passkey for a member of the staff, by the paper with their first password
    web_passkey        the pages for that

The pages of a login are in `idp/login` (`web_password.py`, `web_company.py`).
"""
