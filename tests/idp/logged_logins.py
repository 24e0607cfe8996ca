"""A process of its own for `test_logs.py`: logins of every outcome, logged as the server logs them.

Standard error is the log. Standard output is one JSON object: `secrets`, what must not stand in the log, by name;
`audit`, the texts of all audit entries. A process of its own because logging is set up once per process.
"""

import json
import re
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from components.particulars import Particulars
from components.phone import scan, type_code
from components.town import BASE_URL, REDIRECT_URI, id_token_claims, town
from components.verifier import VERIFIES, Verifier
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from idp import logs
from idp.background import seal_all
from idp.keys.sealing import Place

CANARY = "c4n4ry"
PERSONAL = {"pin": f"{CANARY}-pin-9317", "name": f"{CANARY}-青葉花子", "ef0003": f"{CANARY}-ef0003"}


def whole_login(made, secrets: dict) -> None:
    """A first login to its last byte: every value that anybody sent or received is remembered."""
    service = made.library
    login = made.begin(service, scope="openid jpki_status", state=f"{CANARY}-state", nonce=f"{CANARY}-nonce")
    made.challenge(login)
    proof = made.sign(login, "hanako", **PERSONAL)
    return_url = made.prove(login, proof).json["return_url"]
    answer = made.get(login.browser, return_url)
    redirect = made.consent(login, answer.headers["Location"]).headers["Location"]
    code = parse_qs(urlsplit(redirect).query)["code"][0]
    tokens = made.redeem(code, login).json
    userinfo = f"{BASE_URL}/t/aoba/userinfo"
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert made.get(made.browser(), userinfo, headers=bearer).status_code == 200
    claims = id_token_claims(tokens["id_token"])
    secrets |= {
        "client secret": service.client_secret,
        "code": code,
        "access token": tokens["access_token"],
        "ID token": tokens["id_token"],
        "PPID": claims["sub"],
        "sid": claims["sid"],
        "verifier": login.verifier,
        "LINK handle": login.link.rpartition("/")[2],
        "transaction id": urlsplit(login.page_url).path.rpartition("/")[2],
        "agent transaction": login.challenge["transaction"],
        "challenge nonce": login.challenge["nonce"],
        "return secret": parse_qs(urlsplit(return_url).query)["secret"][0],
        "signature": proof["signature"],
        "certificate": proof["certificate"],
        "session cookie": login.browser.get_cookie("aoba-sess").value,
    }
    assert made.redeem(code, login).status_code == 400


def login_with_attributes(made, secrets: dict) -> None:
    """Name and address from the card, on their way to a service; and a file that nobody can read."""
    service = made.register("aoba", "clinic", scopes=("openid", "name", "address"))
    name, address = f"{CANARY}-金糸雀　歌子", f"{CANARY}-見本県金糸雀市鉱山町八丁目"
    card = Particulars(name=name.encode(), address=address.encode())
    login = made.begin(service, scope="openid name address")
    made.challenge(login)
    assert made.prove(login, made.sign(login, ef0002=card.file[:-1])).status_code == 403
    made.challenge(login)
    answer = made.get(login.browser, made.prove(login, made.sign(login, ef0002=card.file)).json["return_url"])
    redirect = made.consent(login, answer.headers["Location"]).headers["Location"]
    tokens = made.redeem(parse_qs(urlsplit(redirect).query)["code"][0], login).json
    assert made.userinfo(service, tokens["access_token"]).json["name"] == name
    secrets |= {"name on the card": name, "address on the card": address, "EF 0002": card.file.hex()}


def login_by_phone(made, secrets: dict) -> None:
    """A QR code, scanned, refused, signed, guessed at, typed: its handle, its claim, what a browser keeps."""
    login = made.begin(made.library)
    phone = scan(made, login)
    phone.fetch()
    phone.send(algorithm="none")
    code = phone.code()
    type_code(made, login, CANARY)
    type_code(made, login, f"{(int(code) + 1) % 10**6:06d}")
    answer = type_code(made, login, code)
    made.consent(login, answer.headers["Location"])
    secrets |= {
        "QR handle": phone.link.rpartition("/")[2],
        "claim": phone.claim,
        "QR nonce": phone.login.challenge["nonce"],
        "mark of a browser": login.browser.get_cookie("aoba-seen").value,
    }


def refused_logins(made, secrets: dict) -> None:
    """Proofs, tokens and pages that are refused, each with a value of its own."""
    login = made.begin(made.childcare)
    secrets["transaction cookie"] = next(
        cookie.value for key, cookie in login.browser._cookies.items() if "-tx-" in str(key)
    )
    for proof in (b"{", json.dumps({**PERSONAL, "certificate": CANARY}).encode()):
        assert made.prove(login, proof).status_code == 400
    for resident_id in ("expired", "revoked", "signature_certificate"):
        person = next(r for r in made.world.residents() if r.case == resident_id)
        made.challenge(login)
        proof = made.sign(login, person.id)
        secrets[f"certificate of {resident_id}"] = proof["certificate"]
        assert made.prove(login, proof).status_code == 403, resident_id
    made.post(made.browser(), login.link + "/decline")
    code, wrong = made.code(made.school, "ichiro")
    secrets["burned code"] = code
    assert made.redeem(code, wrong, code_verifier=f"{CANARY}-verifier" * 3).status_code == 400
    headers = {
        "Authorization": f"Bearer {CANARY}-token",
        "User-Agent": f"{CANARY}-agent",
        "Referer": f"https://service.example/?{CANARY}-referer",
        "X-Forwarded-For": f"{CANARY}-address",
        "Cookie": f"aoba-sess={CANARY}-cookie",
    }
    for path in ("/userinfo", "/nowhere", "/authorize", "/login/x/return", "/card/x", "/token"):
        for method in (made.get, made.post):
            method(
                made.browser(), f"{BASE_URL}/t/aoba{path}?secret={CANARY}-query&state={CANARY}", headers=headers
            )
        made.get(made.browser(), f"{BASE_URL}/t/aoba{path}/{CANARY}-path")


def failing_logins(made, secrets: dict) -> None:
    """A refused row, a broken row and a broken database: what the log keeps of an exception."""
    with made.product.store.engine.begin() as connection:
        refuse = "BEGIN SELECT RAISE(ABORT, 'no room'); END"
        connection.exec_driver_sql(f"CREATE TRIGGER refuse BEFORE INSERT ON access_token {refuse}")
    assert made.redeem(*made.code(made.library)).status_code == 500
    with made.product.store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER refuse")
    code, login = made.code(made.parking, "ichiro")
    secrets["unspent code"] = code
    tokens = made.redeem(code, login).json
    secrets["second access token"] = tokens["access_token"]
    with made.product.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE pair SET sealed_ppid = x'00'")
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert made.get(made.browser(), f"{BASE_URL}/t/wakaba/userinfo", headers=bearer).status_code == 500
    with made.product.store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE access_token")
    assert made.get(made.browser(), f"{BASE_URL}/t/wakaba/userinfo", headers=bearer).status_code == 503


def verified(made, secrets: dict) -> None:
    """Every endpoint of the verification API, answered and refused."""
    service = Verifier(made, made.register("aoba", "verifier", **VERIFIES))
    key = {"Idempotency-Key": f"{CANARY}-key"}
    proof = service.proof(service.challenge())
    answer = service.post("/authentications", proof, headers=key)
    secrets |= {
        "API client secret": service.service.client_secret,
        "API access token": service.token,
        "API challenge": proof["challenge"],
        "API signature": proof["signature"],
        "API PPID": answer.json["sub"],
    }
    assert service.post("/authentications", service.proof(service.challenge(), "shiro")).status_code == 403
    assert service.post("/authentications", {**proof, "certificate": CANARY}, headers=key).status_code == 422
    assert service.post("/authentications", {**proof, "serial": CANARY, "signature": CANARY}).status_code == 400
    service.check(service.certificate_body("hanako"))
    service.check(service.serial_body("shiro"))
    job = service.submit([{"kind": "user", "serials": [service.serial_body("shiro")["serial"], "1a"]}])
    made.product.worker.once()
    assert service.status(job)["state"] == "done"
    assert service.post("/jobs/result", {"job": job, "format": "csv"}).status_code == 200
    secrets["serial of shiro in hexadecimal"] = service.serial_body("shiro")["serial"]


def stored(made, secrets: dict) -> None:
    """The person's handle and the numbers of the certificates."""
    keys = made.product.directory.tenant("aoba").keys
    with made.product.store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT pair_id, sealed_handle FROM pair WHERE tenant_id = 'aoba'").all()
    for number, (pair_id, sealed) in enumerate(rows):
        secrets[f"handle {number}"] = keys.open(Place("pair", pair_id, "handle"), sealed).hex()
    for resident_id in ("hanako", "ichiro"):
        pem = made.resident(resident_id).auth_certificate.read_bytes()
        certificate = x509.load_pem_x509_certificate(pem)
        secrets[f"serial of {resident_id}"] = str(certificate.serial_number)
        secrets[f"serial of {resident_id} in hexadecimal"] = f"{certificate.serial_number:x}"
        secrets[f"subject of {resident_id}"] = certificate.subject.rfc4514_string()
        secrets[f"certificate of {resident_id} in hexadecimal"] = certificate.public_bytes(Encoding.DER).hex()


def main(folder: Path, founded: Path) -> None:
    """Run everything; print what must not be in the log."""
    secrets: dict[str, str] = {"canary": CANARY, "redirect URI": REDIRECT_URI}
    logs.configure()
    with town(folder, founded) as made:
        whole_login(made, secrets)
        login_with_attributes(made, secrets)
        login_by_phone(made, secrets)
        refused_logins(made, secrets)
        verified(made, secrets)
        stored(made, secrets)
        seal_all(made.product.store, made.product.directory, made.product.now)
        failing_logins(made, secrets)
        with made.product.store.engine.connect() as connection:
            audit = connection.exec_driver_sql("SELECT body FROM audit_entry").scalars().all()
    assert all(len(re.sub(r"\s", "", value)) >= 6 for value in secrets.values())
    print(json.dumps({"secrets": secrets, "audit": audit}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
