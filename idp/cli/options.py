"""Options that many commands share."""

from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]
Data = Annotated[Path | None, typer.Option("--data", help="Work on the demo in this folder.")]
ServiceId = Annotated[str, typer.Option("--service", help="The service's id.")]
TenantId = Annotated[str, typer.Option("--tenant", help="The tenant's id.")]
