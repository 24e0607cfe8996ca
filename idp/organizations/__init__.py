"""Those who sign in for an organization: companies, and the municipality's own staff.

They are no residents: each kind has handles of its own, and none of them ever becomes a resident's or is merged
with one. A company is one person towards a service, whoever signs in for it, and stays so for life: it is found by
its corporate number (法人番号), never by a certificate. A member of the staff is a person of their own.

`corporate_number.py` and `certified.py` are pure: the number, and what a certificate says of its company.
`companies.py` and `accounts.py` are the acts, `claim.py` is what services are told. The pages of a login are in
`idp/login`.
"""
