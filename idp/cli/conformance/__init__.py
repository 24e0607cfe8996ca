"""`idp demo --conformance`: the demo as the OpenID Foundation's conformance suite wants to meet it.

Behind nginx by https, with a municipality of its own whose services are the suite's clients. What the suite needs
to know lies beside the data: its configuration files, the certificates, the keys (deploy/runbooks/conformance.md).
"""

from idp.cli.conformance.front import require_nginx
from idp.cli.conformance.stage import Stage

__all__ = ["Stage", "require_nginx"]
