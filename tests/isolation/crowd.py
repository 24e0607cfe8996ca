"""Many residents at four services, from first login to account-disabled: all that each service receives of each.

The library is a sector by itself, childcare and school share one, parking belongs to another town. Everybody does
and meets the same things, in an order of their own, errors among them. Messages come through the product's own
worker to real sockets; time is the town's clock, moved from one due moment to the next.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

from components.newcomers import settle
from components.peer import Peer, Request, answer
from components.town import BASE_URL, REDIRECT_URI, Service, Town, id_token_claims
from isolation import received
from isolation.received import Received, receive_with_tokens

from idp.events.events import EventName
from idp.japan import JAPAN
from idp.store import outbox

SERVICES = ("library", "childcare", "school", "parking")
STATES = (EventName.SUBJECT_MIGRATED, EventName.CERTIFICATE_STATUS_CHANGED, EventName.ACCOUNT_DISABLED)
"""What happens to everybody, each on a day of its own."""
DAY = timedelta(days=1)
LOGOUT = "logout"


@dataclass(frozen=True)
class Arrival:
    """A message at a service: when (seconds since 1970), of whom, what it says it is about."""

    at: float
    resident: str
    kind: str


@dataclass
class Crowd:
    """`pool`: (resident, service) -> what was received. `arrivals`: service -> messages in order.

    `happened`: (kind, resident) -> when it did, in seconds since 1970.
    """

    town: Town
    services: dict[str, Service]
    peer: Peer
    residents: list[str]
    chance: random.Random
    pool: dict[tuple[str, str], Received] = field(default_factory=lambda: defaultdict(Received))
    arrivals: dict[str, list[Arrival]] = field(default_factory=lambda: defaultdict(list))
    happened: dict[tuple[str, str], float] = field(default_factory=dict)
    _known: dict[tuple[str, str], str] = field(default_factory=dict)
    _tokens: dict[tuple[str, str], dict] = field(default_factory=dict)
    _browsers: dict[str, object] = field(default_factory=dict)

    def live(self) -> None:
        """Everything, in the order in which it comes."""
        for resident in self._shuffled(self.residents):
            self._browsers[resident] = self.town.browser()
            for name in self._shuffled(SERVICES):
                self._ask_without_login(resident, name)
            for name in self._shuffled(SERVICES):
                self._sign_in(resident, name)
        for resident in self._shuffled(self.residents):
            self._sign_out(resident)
            self._until(self.town.clock() + timedelta(seconds=self.chance.uniform(1, 5)))
        self._until(self.town.clock() + timedelta(minutes=10))
        for event in STATES:
            self._day_of(event)

    def _ask_without_login(self, resident: str, name: str) -> None:
        _, url = self.town.ask(self.services[name], self._browsers[resident], prompt="none")
        self._keep(resident, name, received.query("no prompt", url, chosen=("state",)))

    def _sign_in(self, resident: str, name: str) -> None:
        town, service, browser = self.town, self.services[name], self._browsers[resident]
        login, url = town.ask(service, browser, prompt="login consent")
        login.page_url = url
        page = town.get(browser, url)
        login.link = unescape(re.search(r'rel="jpki-login" href="([^"]+)"', page.text)[1])
        back = town.get(browser, town.accept(login, resident)).headers["Location"]
        refused = town.consent(login, back, "deny").headers["Location"]
        self._keep(resident, name, received.query("denied", refused, chosen=("state",)))
        login, url = town.come(service, browser, resident, scope="openid jpki_status")
        self._keep(resident, name, received.answer("made-up code", town.redeem("made-up", login)))
        got, tokens = receive_with_tokens(town, service, login, url)
        self._keep(resident, name, got)
        self._known[name, id_token_claims(tokens["id_token"])["sub"]] = resident
        self._tokens[resident, name] = tokens
        again, url = town.come(service, browser, resident)
        town.redeem(code_of(url), again)
        self._keep(resident, name, received.answer("replayed", town.redeem(code_of(url), again)))
        self._keep(resident, name, self._error_pages(service, browser))

    def _error_pages(self, service: Service, browser) -> Received:
        """Pages that the resident may read out to the service's help desk, reference and all."""
        wrong = {"client_id": service.client_id, "redirect_uri": f"{REDIRECT_URI}/other", "response_type": "code"}
        pages = {
            "wrong redirect": f"/authorize?{urlencode(wrong)}",
            "no such page": "/nowhere",
            "login that is over": f"/login/{'A' * 22}",
        }
        made = Received()
        for name, path in pages.items():
            page = self.town.get(browser, f"{BASE_URL}/t/{service.tenant_id}{path}")
            assert page.status_code >= 400
            made |= received.answer(name, page)
        return made

    def _sign_out(self, resident: str) -> None:
        """At the library, with everything else of that municipality; then at the other one."""
        for name, others in (("library", "all"), ("parking", "")):
            tenant, tokens = self.services[name].tenant_id, self._tokens[resident, name]
            self.happened[LOGOUT, resident] = self.town.clock().timestamp()
            done = self._leave(resident, tenant, tokens["id_token"], others)
            for address in re.findall(r'<iframe[^>]*src="([^"]+)"', done):
                at = next(one for one in SERVICES if f"/{one}/front" in address)
                assert at == name, "a front channel of another sector"
                self._keep(resident, at, received.query("front channel", unescape(address)))
        for name in SERVICES:
            dead = self.town.userinfo(self.services[name], self._tokens[resident, name]["access_token"])
            assert dead.status_code == 401
            self._keep(resident, name, received.answer("dead token", dead))

    def _leave(self, resident: str, tenant_id: str, id_token: str, others: str) -> str:
        """The page that is shown at the end."""
        town, browser = self.town, self._browsers[resident]
        asked = town.get(browser, f"{BASE_URL}/t/{tenant_id}/logout?{urlencode({'id_token_hint': id_token})}")
        page = town.get(browser, asked.headers["Location"]).text
        sealed = re.search(r'name="sealed" value="([^"]+)"', page)[1]
        form = {"sealed": sealed, "decision": "leave", **({"others": others} if others else {})}
        done = town.post(browser, f"{BASE_URL}/t/{tenant_id}/logout/decision", data=form)
        return town.get(browser, done.headers["Location"]).text

    def _day_of(self, event: EventName) -> None:
        """Once to each in one day of Japan, at random moments; and the days until all has been told."""
        start = (self.town.clock() + DAY).astimezone(JAPAN).replace(hour=0, minute=0, second=0, microsecond=0)
        moments = sorted(self.chance.uniform(60, DAY.total_seconds() - 60) for _ in self.residents)
        for seconds, resident in zip(moments, self._shuffled(self.residents), strict=True):
            self._until(start + timedelta(seconds=seconds))
            self.happened[event, resident] = self.town.clock().timestamp()
            self._happen(event, resident)
        self._until(start + 2 * DAY)

    def _happen(self, event: EventName, resident: str) -> None:
        for tenant_id in ("aoba", "wakaba"):
            tenant = self.town.product.directory.tenant(tenant_id)
            numbers = {n: s for (n, s), who in self._known.items() if who == resident}
            at = {n: s for n, s in numbers.items() if self.services[n].tenant_id == tenant_id}
            with self.town.product.store.for_tenant(tenant_id).write() as tx:
                if event is EventName.ACCOUNT_DISABLED:
                    name, sub = next(iter(at.items()))
                    people = self.town.product.people
                    client = tenant.clients[self.services[name].client_id]
                    named = people.references.read(
                        tx, tenant, people.references.to_person(tx, tenant, client, sub)
                    )
                    assert people.ending.disable(tx, tenant, named.body) == len(at)
                    continue
                for name, sub in at.items():
                    self._tell(tx, tenant, self.services[name], sub, event)

    def _tell(self, tx, tenant, service: Service, sub: str, event: EventName) -> None:
        """As a migration and a revoked certificate do it."""
        events, client = self.town.product.events, tenant.clients[service.client_id]
        if event is EventName.SUBJECT_MIGRATED:
            previous = self.chance.randbytes(32).hex()[:43]
            events.tell_migrated(tx, tenant, client, sub, previous)
        else:
            data = {"certificate": "user", "status": "revoked"}
            events.emit(tx, tenant, client, sub, event, data, self.town.clock())

    def _until(self, moment: datetime) -> None:
        """Let the worker do what becomes due, each job at its moment; then it is `moment`."""
        for due in self._due(moment):
            self._now(due)
            before = len(self.peer.requests)
            self.town.product.worker.once()
            for request in self.peer.requests[before:]:
                self._heard(request, due.timestamp())
        self._now(moment)

    def _due(self, moment: datetime) -> Iterator[datetime]:
        """The next moment at which something is due, again and again."""
        table = outbox._o
        waiting = table.select().with_only_columns(table.c.run_at).where(table.c.state == outbox.State.WAITING)
        while True:
            with self.town.product.store.engine.connect() as connection:
                moments = connection.execute(waiting).scalars().all()
            if not moments or min(moments) > moment.timestamp():
                return
            yield max(datetime.fromtimestamp(min(moments), JAPAN), self.town.clock())

    def _now(self, moment: datetime) -> None:
        clock = self.town.clock
        clock.set_offset(clock.offset + (moment - clock()).total_seconds())

    def _heard(self, request: Request, at: float) -> None:
        """A message, with every header and the line of its request.

        `at`: when it was due, not how long this machine took for it: a busy one would carry it into the next day.
        """
        name, channel = urlsplit(request.line.split()[1]).path.strip("/").split("/")
        text = request.body.decode()
        text = parse_qs(text)["logout_token"][0] if channel == "back" else text
        claims = id_token_claims(text)
        sub = claims.get("sub") or claims["sub_id"]["sub"]
        kind = LOGOUT if channel == "back" else next(iter(claims["events"])).rpartition("/")[2]
        resident = self._known[name, sub]
        drop = ("iat", "exp") if channel == "back" else ("iat",)
        self._keep(resident, name, received.of(f"{kind} request", request.headers))
        self._keep(resident, name, received.token(kind, text, drop=drop))
        self.arrivals[name].append(Arrival(at, resident, kind))

    def _keep(self, resident: str, name: str, more: Received) -> None:
        self.pool[resident, name] |= more

    def _shuffled(self, of) -> list:
        return self.chance.sample(list(of), len(of))


def gather(town: Town, peer: Peer, count: int) -> Crowd:
    """So many newcomers, and services that are told everything."""

    def register(tenant_id: str, name: str, **more) -> Service:
        back = f"{peer.origin}/{name}"
        return town.register(
            tenant_id,
            f"crowd-{name}",
            backchannel_logout_uri=f"{back}/back",
            frontchannel_logout_uri=f"http://127.0.0.1:8901/{name}/front",
            event_endpoint=f"{back}/events",
            **more,
        )

    shared = {"sector_id": "crowd-family", "sector_purpose": "子育てのため"}
    services = {
        "library": register("aoba", "library"),
        "childcare": register("aoba", "childcare", **shared),
        "school": register("aoba", "school", **shared),
        "parking": register("wakaba", "parking"),
    }
    people = settle(town.world, town.clock(), [(f"群衆　{number}", "見本県青葉市") for number in range(count)])
    return Crowd(town, services, peer, [person.id for person in people], random.Random(count))


ACCEPTED = [answer("202 Accepted")]


def code_of(url: str) -> str:
    """The code of a redirect."""
    return parse_qs(urlsplit(url).query)["code"][0]
