"""The card tray: sample residents' cards in a browser, an authenticator like any other. Sandbox only."""

from connectors.sandbox.tray.application import tray_application

__all__ = ["tray_application"]
