"""An ID with its password: how residents get one, and how it is kept from whoever guesses.

For procedures in which a signature or a seal was asked for on paper (`idp/procedures`), and for residents without
a card. It is offered only where the tenant has switched it on and the service names it.
"""
