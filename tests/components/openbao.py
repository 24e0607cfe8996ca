"""A real OpenBao for tests: TLS, Shamir seal, audit file, Transit, AppRoles under the policies we ship.

with OpenBao(tmp_path) as bao:
    keys = VaultCustody(bao).open()
"""

import base64
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, NamedTuple, Self

import hvac
import hvac.exceptions
import requests
from components.ports import free_port
from components.process import Server, plain_environment
from components.tls import ServerTls, make_tls
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import load_pem_public_key

POLICIES = Path(__file__).parents[2] / "deploy" / "vault"

READABLE = ["error", "reference"]
"""As deploy/vault/README.md says: of an item's answer the audit hashes the HMAC, and no empty words beside it."""
CONFIG = """
api_addr     = "https://127.0.0.1:{port}"
cluster_addr = "https://127.0.0.1:{cluster_port}"
disable_standby_reads = true
{storage}
listener "tcp" {{
  address         = "127.0.0.1:{port}"
  cluster_address = "127.0.0.1:{cluster_port}"
  tls_cert_file   = "{tls.certificate}"
  tls_key_file    = "{tls.key}"
  tls_min_version = "tls13"

  max_request_json_strings = {json_strings}
}}
audit "file" "main" {{
  options {{
    file_path = "audit.log"
    mode      = "0600"
  }}
}}
"""
RAFT = """storage "raft" {{
  path                   = "{data}"
  node_id                = "{node_id}"
  performance_multiplier = 1
}}"""


class RoleCredentials(NamedTuple):
    """What an AppRole logs in with."""

    role_id: str
    secret_id: str


class OpenBao:
    """One OpenBao server. `storage`: `inmem` (fast, forgets when the process ends) or `raft`.

    Once started: `address`, `ca_file`, `use`, `admin` and `ceremony` (credentials under `idp-use.hcl` and so on),
    `root` (an hvac client with the root token), `audit` (the audit file), `log`.
    """

    use: RoleCredentials
    admin: RoleCredentials
    ceremony: RoleCredentials

    def __init__(
        self,
        directory: Path,
        *,
        storage: str = "inmem",
        tls: ServerTls | None = None,
        json_strings: int = 1000,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._directory = directory
        self._environment = environment
        self._server: Server | None = None
        self._unseal_key = ""
        self._roles: dict[str, str] = {}
        port, cluster_port = free_port(), free_port()
        tls = tls or make_tls(directory)
        data = directory / "data"
        data.mkdir()
        self.address = f"https://127.0.0.1:{port}"
        self.ca_file = tls.ca_file
        self.audit = directory / "audit.log"
        self.log = directory / "log"
        self._config = directory / "bao.hcl"
        self._config.write_text(
            CONFIG.format(
                port=port,
                cluster_port=cluster_port,
                tls=tls,
                json_strings=json_strings,
                storage=RAFT.format(data=data, node_id=directory.name)
                if storage == "raft"
                else 'storage "inmem" {}',
            )
        )
        self.root = self.client("")

    def client(self, token: str) -> Any:
        """An hvac client of this server with that token, deaf to the environment."""
        session = requests.Session()
        session.trust_env = False
        session.verify = str(self.ca_file)
        return hvac.Client(self.address, token=token, session=session, timeout=10)

    def start(self) -> None:
        """Start the process and unseal it; the first time, set it up as well."""
        self._run()
        if not self.root.sys.is_initialized():
            self._initialise()
        else:
            self.unseal()

    def join(self, leader: "OpenBao") -> None:
        """Start the process as another node of a running server's cluster (raft), known by the same keys."""
        self._run()
        ca = leader.ca_file.read_text()
        joined = self.root.adapter.post(
            "/v1/sys/storage/raft/join", json={"leader_api_addr": leader.address, "leader_ca_cert": ca}
        )
        assert joined["joined"]
        self._unseal_key, self.root.token = leader._unseal_key, leader.root.token
        self.use, self.admin, self.ceremony = leader.use, leader.admin, leader.ceremony
        self.root.sys.submit_unseal_key(self._unseal_key)
        assert self._server is not None
        self._server.wait_until(self.follows)

    def take_over(self, snapshot: Path, former: "OpenBao") -> None:
        """Become what another server was when the snapshot of it was taken, as the runbook says."""
        address = f"{self.address}/v1/sys/storage/raft/snapshot-force"
        with snapshot.open("rb") as content:
            answer = self.root.session.post(
                address, data=content, headers={"X-Vault-Token": self.root.token}, timeout=30
            )
        assert answer.status_code == 204, answer.text
        self._unseal_key, self.root.token = former._unseal_key, former.root.token
        self.wait_until(self._sealed_or_active)
        if self.root.sys.is_sealed():
            self.unseal()
        self.wait_until(self._active)

    def _sealed_or_active(self) -> bool:
        return bool(self.root.sys.is_sealed()) or self._active()

    def follows(self) -> bool:
        """Whether it is unsealed and a standby of somebody."""
        answer = self.root.sys.read_health_status(method="GET")
        return not isinstance(answer, dict) and answer.status_code == 429

    def _run(self) -> None:
        bao = Path(sys.executable).with_name("bao")
        self._server = Server(
            [bao, "server", f"-config={self._config}"],
            self.log,
            env=plain_environment(HOME=str(self._directory), **self._environment),
            cwd=self._directory,  # audit.log: a cluster wants one audit stanza on all nodes
        )
        self._server.wait_until(self._answers)

    def stop(self) -> None:
        """End the process in its own manner."""
        if self._server:
            self._server.stop()

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Return when `ready()` is true."""
        assert self._server is not None
        self._server.wait_until(ready)

    def kill(self) -> None:
        """End the process as a power cut would."""
        if self._server:
            self._server.kill()

    def seal(self) -> None:
        """Seal, as an operator does in an emergency."""
        self.root.sys.seal()

    def unseal(self) -> None:
        """Unseal and wait until the node is active."""
        self.root.sys.submit_unseal_key(self._unseal_key)
        assert self._server is not None
        self._server.wait_until(self._active)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Sealed for the length of a block."""
        self.seal()
        try:
            yield
        finally:
            self.unseal()

    def revoke_tokens(self) -> None:
        """Revoke every token that an AppRole login gave."""
        self.root.sys.revoke_prefix("auth/approle/login")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _initialise(self) -> None:
        shares = self.root.sys.initialize(secret_shares=1, secret_threshold=1)
        self._unseal_key = shares["keys_base64"][0]
        self.root.token = shares["root_token"]
        self.unseal()
        self.root.sys.enable_secrets_engine("transit")
        self.root.sys.tune_mount_configuration("transit", audit_non_hmac_response_keys=READABLE)
        self.root.sys.enable_auth_method("approle")
        for policy in POLICIES.glob("idp-*.hcl"):
            self.root.sys.create_or_update_policy(policy.stem, policy.read_text())
        self.use = self.role("idp-use")
        self.admin = self.role("idp-admin")
        self.ceremony = self.role("idp-ceremony")

    def tenant_role(self, tenant_id: str, *purposes: str) -> RoleCredentials:
        """A new AppRole under the policies of one tenant, made from the templates as their README says."""
        names = [f"idp-{purpose}-{tenant_id}" for purpose in purposes]
        for purpose, name in zip(purposes, names, strict=True):
            template = (POLICIES / "tenant" / f"{purpose}.hcl").read_text()
            self.root.sys.create_or_update_policy(name, template.replace("TENANT", tenant_id))
        return self.role(*names)

    def role(self, *policies: str, ttl: str = "15m", greatest: str = "0") -> RoleCredentials:
        """A new AppRole under the named policies of `deploy/vault`, its tokens good for `ttl`, renewed or not."""
        name, role_id = self._new_role(*policies, ttl=ttl, greatest=greatest)
        return RoleCredentials(role_id, self.root.auth.approle.generate_secret_id(name)["data"]["secret_id"])

    def wrapped_role(self, *policies: str) -> tuple[str, str]:
        """A new AppRole: its role id, and a token that wraps a secret id of it for a minute."""
        _, role_id = self._new_role(*policies)
        return role_id, self.wrapped_secret_id(role_id)

    def wrapped_secret_id(self, role_id: str) -> str:
        """A token that wraps another secret id of a role of `wrapped_role` for a minute."""
        answer = self.root.auth.approle.generate_secret_id(self._roles[role_id], wrap_ttl="60s")
        return str(answer["wrap_info"]["token"])

    def destroy_secret_id(self, role_id: str, secret_id: str) -> None:
        """Make a secret id of that role worthless, as after a theft."""
        self.root.auth.approle.destroy_secret_id(self._roles[role_id], secret_id)

    def _new_role(self, *policies: str, ttl: str = "15m", greatest: str = "0") -> tuple[str, str]:
        name, method = secrets.token_hex(6), self.root.auth.approle
        method.create_or_update_approle(
            name,
            token_policies=list(policies),
            token_no_default_policy=True,
            token_ttl=ttl,
            token_max_ttl=greatest,
            token_type="service",
        )
        role_id = str(method.read_role_id(name)["data"]["role_id"])
        self._roles[role_id] = name
        return name, role_id

    def forget_key(self, name: str) -> None:
        """Delete a key for good, as no role of ours may; nothing happens where there is none."""
        if self.root.read(f"transit/keys/{name}") is not None:
            self.root.write_data(f"transit/keys/{name}/config", data={"deletion_allowed": True})
            self.root.delete(f"transit/keys/{name}")

    def import_hmac_key(self, name: str, *versions: bytes) -> None:
        """Bring our own key into Transit, version by version, as after a ceremony (BYOK)."""
        path = f"transit/keys/{name}"
        kind = {"type": "hmac", "allow_rotation": True}
        for step, key in zip(["import", *["import_version"] * (len(versions) - 1)], versions, strict=True):
            wrapped = {"ciphertext": self._wrapped_for_import(key), "hash_function": "SHA256"}
            self.root.write_data(f"{path}/{step}", data={**wrapped, **(kind if step == "import" else {})})

    def _wrapped_for_import(self, key: bytes) -> str:
        """A new AES key under Transit's RSA key (OAEP), then `key` under that AES key (RFC 5649), in base64."""
        pem = self.root.read("transit/wrapping_key")["data"]["public_key"]
        public_key = load_pem_public_key(pem.encode())
        assert isinstance(public_key, rsa.RSAPublicKey)
        between = secrets.token_bytes(32)
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), label=None)
        return base64.b64encode(
            public_key.encrypt(between, oaep) + aes_key_wrap_with_padding(between, key)
        ).decode()

    def _answers(self) -> bool:
        try:
            self.root.sys.read_health_status(method="GET")
        except requests.RequestException:
            return False
        return True

    def _active(self) -> bool:
        answer = self.root.sys.read_health_status(method="GET")
        return isinstance(answer, dict) or answer.status_code == 200
