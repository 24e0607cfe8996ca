"""The examination of an installation: one finding for each thing that must hold, with its remedy.

No finding holds a secret or personal data: it may be pasted into a ticket.
"""
