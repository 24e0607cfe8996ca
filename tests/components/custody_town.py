"""A town whose keys lie in either kind of custody."""

import secrets
from contextlib import contextmanager

from components.town import town


def vault_environment(folder, server, *, admin="idp-admin"):
    """The settings of a product whose keys are in that OpenBao."""
    use, maker = server.role("idp-use"), server.role("idp-use", admin)
    files = {
        "VAULT_CA_FILE": server.ca_file,
        "VAULT_ROLE_ID_FILE": _write(folder, use.role_id),
        "VAULT_SECRET_ID_FILE": _write(folder, use.secret_id),
        "VAULT_ADMIN_ROLE_ID_FILE": _write(folder, maker.role_id),
        "VAULT_ADMIN_SECRET_ID_FILE": _write(folder, maker.secret_id),
    }
    return {"IDP_VAULT_ADDRESS": server.address, **{f"IDP_{name}": str(path) for name, path in files.items()}}


@contextmanager
def town_in(kind, tmp_path, founded_world, openbao, **options):
    """A town with a key file or in OpenBao. `openbao`: a function that gives the running server."""
    if kind == "keyfile":
        with town(tmp_path, founded_world, **options) as made:
            yield made
        return
    server = openbao()
    for tenant in ("aoba", "wakaba"):  # other tests of this run have had a town here
        for key in ("ppid", "data"):
            server.forget_key(f"{key}-{tenant}")
    environment = vault_environment(tmp_path, server)
    with town(tmp_path, founded_world, environment=environment, keyfile=False, **options) as made:
        yield made


def _write(folder, text):
    path = folder / f"secret-{secrets.token_hex(4)}"
    path.touch(0o600)
    path.write_text(text + "\n")
    return path
