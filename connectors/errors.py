"""What a conversation with the outside world can fail with: three reasons, one root.

Messages name the peer and the step, never a secret, a serial or a body.
"""


class ConnectorError(Exception):
    """The root of every failure of a connector."""


class Unreachable(ConnectorError):
    """No answer in time, or the peer said that it cannot answer now (5xx, sealed, standby)."""


class Refused(ConnectorError):
    """The peer understood and said no (4xx): asking again unchanged will not help."""


class Garbled(ConnectorError):
    """An answer came, but not one of the agreed form or size."""
