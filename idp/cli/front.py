"""`idp tenant front-pages`: the files that nginx shows where the product itself cannot answer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from idp.cli.context import build, tenant_of
from idp.cli.options import AsJson, Data
from idp.cli.output import CommandFailed, Exit, errors_as_exit_codes, show
from idp.pages.fronts import front_pages
from idp.pages.render import Pages
from idp.pages.theme import tenant_stylesheet
from idp.tenants.tenancy import Tenant
from idp.web.web import FURIGANA_LABELS, LANGUAGE_LABELS, tenant_view


def pages_of(tenant: Tenant) -> Mapping[str, bytes]:
    """Name of each file to its content."""
    return front_pages(
        Pages(),
        lambda language: tenant_view(tenant, language),
        issuer=tenant.issuer,
        stylesheet=tenant_stylesheet(tenant.key_colour),
        language_labels=LANGUAGE_LABELS,
        furigana_labels=FURIGANA_LABELS,
    )


def write(
    tenant_id: str,
    folder: Annotated[Path, typer.Argument(help="Made if it is not there; its pages of before are replaced.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Write a tenant's pages for its nginx; again whenever its office, name or colour has changed."""
    with errors_as_exit_codes(as_json=as_json):
        made = pages_of(tenant_of(build(data), tenant_id))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in made.items():
                (folder / name).write_bytes(content)
        except OSError as error:
            raise CommandFailed(f"{folder} cannot be written: {error.strerror}", Exit.USAGE) from error
        show({"folder": str(folder), "files": sorted(made)}, as_json=as_json)
