"""A library that is not modified: its numbers handed in as they are, linked at the counter, typed by a tap."""

import json
import re
import subprocess
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from components.demo import IDP
from components.display import display
from components.foreign_program import foreign_program
from components.process import Server
from components.stock_client import IDP_CARD, await_known, sign_in
from components.virtual_reader import await_condition

REDIRECT_URI = "http://127.0.0.1:8901/callback"
PEOPLE = {"hanako": "CANARY-000101", "ichiro": "CANARY-000500", "yoko": "CANARY-000999"}
TITLE = "図書館システム"


def run(*words, given=None):
    """A command of ours; its standard output."""
    command = [str(word) for word in words]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def shelves(demo):
    """A library that uses the link registry."""
    wish = ("--name-ja", "図書館の見本", "--purpose-ja", "貸出のため", "--redirect-uri", REDIRECT_URI)
    wish += ("--scope", "openid jpki_status verify", "--user-numbers", "--data", demo.data, "--json")
    made = json.loads(run(IDP, "service", "create", "shelves", "--tenant", "aoba", *wish))
    await_known(demo.tenant()["issuer"], made["client_id"], REDIRECT_URI)
    return made | {"redirect_uris": [REDIRECT_URI]}


@pytest.fixture(scope="module")
def api(demo, shelves):
    """The library's own program."""
    issuer = demo.tenant()["issuer"]
    session = OAuth2Session(shelves["client_id"], shelves["client_secret"], scope="verify")
    session.fetch_token(f"{issuer}/token", grant_type="client_credentials", timeout=20)

    def post(path, **options):
        answer = session.post(f"{issuer}/api/v1{path}", timeout=60, **options)
        assert answer.status_code == 200, answer.text
        return answer

    return post


@pytest.fixture(scope="module")
def key(demo, shelves, tmp_path_factory):
    """A terminal that may learn the library's numbers."""
    folder = tmp_path_factory.mktemp("terminal")
    (folder / "public.pem").write_text(run(IDP_CARD, "counter", "key", folder / "terminal.key"))
    last_day = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011 - a month hence, in any zone
    where = ("--place", "図書館 貸出窓口", "--service", "shelves", "--last-day", last_day, "--user-numbers")
    public = ("--public-key", folder / "public.pem", "--data", demo.data, "--json")
    run(IDP, "terminal", "enrol", "shelf-1", "--tenant", "aoba", *where, *public)
    return folder / "terminal.key"


@dataclass
class Screens:
    """The addresses of the terminal's two screens, and the hands at them."""

    staff: str
    resident: str

    def tap(self, link, resident, _folder):
        """Staff begin, the resident agrees and types; in the place of `use_card`."""
        if "次の受付へ" in requests.get(self.staff, timeout=20).text:
            requests.post(f"{self.staff}/clear", timeout=20)
        assert requests.post(f"{self.staff}/login", data={"link": link, "mode": "pin"}, timeout=20).ok
        turn = re.search(r'name="turn" value="([^"]+)"', requests.get(self.resident, timeout=20).text)[1]
        requests.post(f"{self.resident}/agree", data={"turn": turn}, timeout=20)
        form = {"turn": turn, "secret": resident["auth_pin"]}
        done = requests.post(f"{self.resident}/present", data=form, timeout=30).text
        return {"return_url": re.search(r'id="go-on" href="([^"]+)"', done)[1].replace("&amp;", "&")}

    def link(self, number):
        """The staff scan the person's old library card, once."""
        await_condition(lambda: 'name="number"' in requests.get(self.staff, timeout=20).text)
        page = requests.get(self.staff, timeout=20).text
        turn = re.search(r'name="turn" value="([^"]+)"[^<]*<label for="typed"', page)[1]
        page = requests.post(f"{self.staff}/number", data={"turn": turn, "number": number}, timeout=20).text
        assert number in page, page


@pytest.fixture
def screens(demo, key, tmp_path):
    """The terminal's program, on a display of its own: `screens(resident_id, *options)`."""
    started = []

    def start(resident_id, *options, environment=None):
        command = [IDP_CARD, "counter", "serve", "--terminal", "shelf-1", "--key", key, "--place", "貸出窓口"]
        command += ["--card", demo.resident(resident_id)["card"], "--dev", "--json", *options]
        log = tmp_path / f"serve-{len(started)}.log"
        server = Server(command, log, env=environment) if environment else Server(command, log)
        started.append(server)
        server.wait_until(lambda: log.exists() and "\n" in log.read_text(), 30.0)
        addresses = json.loads(log.read_text().splitlines()[0])
        return Screens(addresses["staff"], addresses["resident"])

    yield start
    for server in started:
        server.stop()


def test_a_thousand_numbers_three_people_and_a_tap(demo, shelves, api, screens, tmp_path):
    """Imported, linked at the counter, the rest told; the next tap types the number into a foreign program."""
    listed = "user_number\n" + "\n".join(f"CANARY-{number:06}" for number in range(1000))
    given = {"data": listed.encode(), "headers": {"Content-Type": "text/csv"}}
    assert api("/user-numbers/import", **given).json() == {"added": 1000, "known": 0}
    subs = {}
    for resident_id, number in PEOPLE.items():
        window = screens(resident_id, "--number", "show")
        subs[resident_id] = sign_in(
            demo.tenant(), shelves, demo.resident(resident_id), tmp_path, window.tap
        ).claims["sub"]
        window.link(number)
    assert api("/user-numbers/report", json={}).json() == {"linked": 3, "unlinked": 997, "claimable": 0}
    for resident_id, number in PEOPLE.items():
        found = api("/user-numbers/find", json={"user_number": number}).json()
        assert found["sub"] == subs[resident_id]
    export = run(IDP, "link", "export", "--tenant", "aoba", "--service", "shelves", "--state", "unlinked",
                 "--data", demo.data)  # fmt: skip
    assert len(export.splitlines()) == 1 + 997
    with display(tmp_path) as screen, foreign_program(screen, tmp_path, TITLE) as field:
        window = screens("hanako", "--number", "type", "--number-window", TITLE, environment=screen.environment)
        sign_in(demo.tenant(), shelves, demo.resident("hanako"), tmp_path, window.tap)
        assert field.await_entry() == PEOPLE["hanako"]
        await_condition(lambda: "番号を入力しました。" in requests.get(window.staff, timeout=20).text)
        assert PEOPLE["hanako"] not in requests.get(window.resident, timeout=20).text
        assert field.handed_in == [PEOPLE["hanako"]]
    leaks_nothing(demo)


def leaks_nothing(demo):
    """No number stands in a log or in a file of the provider's."""
    folder = demo.data.parent
    for file in [folder / "demo.log", *(f for f in demo.data.rglob("*") if f.is_file())]:
        assert b"CANARY-" not in file.read_bytes(), file


def test_numbers_by_command(demo, shelves, tmp_path):
    """An administrator's hand, from outside: what names anybody goes through a pipe."""
    sub = sign_in(demo.tenant(), shelves, demo.resident("jun"), tmp_path).claims["sub"]
    common = ("--tenant", "aoba", "--service", "shelves", "--data", demo.data, "--json")
    wish = json.dumps({"sub": sub, "user_number": "jun-1"})
    assert json.loads(run(IDP, "link", "set", *common, given=wish)) == {"state": "linked"}
    found = json.loads(run(IDP, "link", "find", *common, given=json.dumps({"user_number": "jun-1"})))
    assert found["sub"] == sub
    assert json.loads(run(IDP, "link", "delete", *common, given=json.dumps({"sub": sub}))) == {"deleted": 1}
