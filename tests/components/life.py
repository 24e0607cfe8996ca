"""A resident's life in a running demo: what happens to them, and by which number each service knows them.

All of it by the sandbox's control endpoint and card tray, `idp`, `idp-card`, and HTTP as a stock client speaks it.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests
from components.demo import Demo
from components.stock_client import SignedIn, at_tray, begin, sign_in
from components.virtual_reader import await_condition
from cryptography import x509

REDIRECT_URI = "http://127.0.0.1:8901/callback"
DEVICES = ("card", "phone")
KNOWN_SECONDS = 30.0
MIGRATION_SECONDS = 180.0


class Administration:
    """Municipalities of a demo from their own side: services by command, and what two officers decide."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo

    def register(self, tenant_id: str, service_id: str, *wishes: str, name: str) -> "Place":
        """One more service, once the running server has heard of it."""
        common = ("--name-ja", name, "--purpose-ja", "利用の受付のため", "--redirect-uri", REDIRECT_URI)
        made = self.demo.idp("service", "create", service_id, *common, *wishes, tenant_id=tenant_id)
        service = {
            **made,
            "id": service_id,
            "redirect_uris": [REDIRECT_URI],
        }
        made_here = Place(self.demo.tenant(tenant_id), service)
        await_condition(made_here.is_served, KNOWN_SECONDS)
        return made_here

    def decide(self, tenant_id: str, *words: str) -> None:
        """Propose by that command, and have two officers say yes."""
        proposed = self.demo.idp(*words, tenant_id=tenant_id)
        proposal_id = proposed.get("proposal") or proposed["id"]
        states = [
            self.demo.idp("approve", proposal_id, tenant_id=tenant_id, stdin=f"{token}\n")["state"]
            for token in self.demo.officers(tenant_id)
        ]
        assert states == ["open", "applied"]

    def migration(self, tenant_id: str) -> str:
        """The newest migration, once every resident has been moved and the services hear of it."""

        def newest() -> Mapping[str, Any]:
            found: list[Mapping[str, Any]] = self.demo.idp("ppid", "migrate", "status", tenant_id=tenant_id)
            return found[-1]

        await_condition(lambda: newest()["state"] == "open", MIGRATION_SECONDS)
        return str(newest()["migration"])


class Place:
    """A service, and the municipality whose issuer serves it."""

    def __init__(self, tenant: Mapping[str, Any], service: Mapping[str, Any]) -> None:
        self.tenant, self.service = tenant, service

    def is_served(self) -> bool:
        """Whether its residents are met by a login page."""
        return bool(begin(self.tenant, self.service, requests.Session())[3].ok)  # type: ignore[arg-type]

    @property
    def tenant_id(self) -> str:
        """Of the municipality."""
        return str(self.tenant["id"])

    @property
    def issuer(self) -> str:
        """Of the municipality."""
        return str(self.tenant["issuer"])


class Life:
    """One resident. `places`: the services that they use; `numbers`: by which these have known them so far."""

    def __init__(self, demo: Demo, resident_id: str, folder: Path) -> None:
        self.demo, self.folder = demo, folder
        self.resident = demo.resident(resident_id)
        self.administration = Administration(demo)
        self.places: dict[str, Place] = {}
        self.numbers: dict[str, str] = {}

    def uses(self, *service_ids: str) -> None:
        """The resident is going to use these services of the demo."""
        for tenant in self.demo.ready["tenants"]:
            for service in tenant["services"]:
                if service["id"] in service_ids:
                    self.places[service["id"]] = Place(tenant, service)

    def happens(self, do: str, **more: str) -> None:
        """Something happens to them; J-LIS publishes it at once."""
        self.demo.control(do=do, resident=self.resident["id"], **more)
        self.demo.control(do="tick")

    def comes(self, service_id: str, device: str = "card") -> SignedIn:
        """They sign in at a service with what they carry now, which lies in the tray."""
        place, tray = self.places[service_id], at_tray(self.demo.ready["sandbox"]["tray"], device)
        return sign_in(place.tenant, place.service, self.resident, self.folder, tray)

    def shows(self, card: Path, service_id: str) -> SignedIn:
        """They sign in with the card program and this card's file. Raises CardRefused."""
        place = self.places[service_id]
        return sign_in(place.tenant, place.service, {**self.resident, "card": str(card)}, self.folder)

    def comes_anew(self, service_id: str) -> SignedIn:
        """As `comes`; by this number the service is to know them from here on."""
        received = self.comes(service_id)
        self.numbers[service_id] = received.claims["sub"]
        return received

    def known_by(self, device: str) -> dict[str, str]:
        """The number that each service receives."""
        return {service_id: self.comes(service_id, device).claims["sub"] for service_id in self.places}

    def is_known(self) -> None:
        """Everybody receives the number that they have known, by card and by phone."""
        for device in DEVICES:
            assert self.known_by(device) == self.numbers, device

    def held(self, device: str) -> Path:
        """The file of the card, or of the phone in a card's form."""
        card = Path(self.resident["card"])
        return card if device == "card" else card.with_name(card.name.replace(".card.json", "-phone.card.json"))

    def kept(self, device: str) -> Path:
        """A copy of what they carry now, as it is found in a drawer later."""
        return Path(shutil.copy(self.held(device), self.folder / f"kept-{self.serial}-{device}.card.json"))

    @property
    def serial(self) -> int:
        """Of the card's user certificate."""
        pem = Path(self.resident["auth_certificate"]).read_bytes()
        return x509.load_pem_x509_certificate(pem).serial_number

    def stops(self, service_id: str) -> bool:
        """They stop one service, by the municipality's staff; whether the number ended."""
        place, sub = self.places[service_id], self.numbers[service_id]
        where = ("--service", str(place.service["id"]))
        named = self.demo.idp("person", "refer", *where, tenant_id=place.tenant_id, stdin=f"{sub}\n")["reference"]
        done = self.demo.idp("person", "unlink", named, *where, tenant_id=place.tenant_id)
        return bool(done["number_ends"])
