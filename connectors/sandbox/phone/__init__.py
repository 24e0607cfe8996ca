"""The phone stand-in: a resident's phone as a small web page, to try QR codes without an app. Sandbox only.

An authenticator like any other: it holds a phone's certificate, fetches LINK, signs, and shows the six digits.
"""

from connectors.sandbox.phone.application import phone_application

__all__ = ["phone_application"]
