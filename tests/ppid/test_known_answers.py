"""The derivation gives what openssl gives, and the published vectors are reproducible and complete."""

import subprocess
from pathlib import Path
from typing import Any

import ppid

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "vectors" / "make_ppid_vectors.sh"
ANSWERS = ROOT / "tests" / "vectors" / "ppid.json"
README = ROOT / "ppid" / "README.md"


def bash(commands: str) -> str:
    return subprocess.run(["bash", "-ec", commands], check=True, capture_output=True, text=True).stdout


def inputs(vector: dict[str, Any]) -> dict[str, Any]:
    return {
        "tenant_id": vector["tenant_id"],
        "sector_id": vector["sector_id"],
        "handle": bytes.fromhex(vector["handle"]),
        "generation": vector["generation"],
    }


def readme_rows() -> list[list[str]]:
    """The rows of the README's table of vectors: name, command, PPID."""
    _, _, table = README.read_text().partition("| vector | command | PPID |\n")
    table, _, _ = table.partition("\n\n")
    return [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in table.splitlines()[1:]]


def readme_block(marker: str) -> str:
    """The README's bash block that contains `marker`."""
    (block,) = [text for text in README.read_text().split("```bash\n")[1:] if marker in text.partition("```")[0]]
    return block.partition("```")[0]


def test_the_message_is_the_published_one(vector: dict[str, Any]) -> None:
    """The authenticated bytes are those of the vector."""
    assert vector["message"] == ppid.message(**inputs(vector)).hex()


def test_the_ppid_is_the_published_one(vector: dict[str, Any], mac: ppid.LocalMac) -> None:
    """The derivation over the published key gives the vector's PPID."""
    assert vector["ppid"] == ppid.derive(mac, key_version=vector["key_version"], **inputs(vector))


def test_the_tag_is_the_published_one(vector: dict[str, Any], mac: ppid.LocalMac) -> None:
    """LocalMac's HMAC over the vector's message is the vector's tag."""
    message = bytes.fromhex(vector["message"])
    assert vector["tag"] == mac.hmac_sha256(vector["tenant_id"], vector["key_version"], message).hex()


def test_the_origin_of_a_vector_prints_its_ppid(vector: dict[str, Any]) -> None:
    """The openssl command that a vector names as its origin prints its PPID and nothing else."""
    assert vector["ppid"] == bash(vector["origin"])


def test_the_script_writes_the_vector_file() -> None:
    """Running the vectors' script again gives the very file."""
    assert ANSWERS.read_text() == bash(f"exec bash '{SCRIPT}'")


def test_the_vectors_reach_every_border(known_answers: dict[str, Any]) -> None:
    """The least and greatest generation, both keys, and ids of both extreme lengths are among the vectors."""
    vectors = known_answers["vectors"]
    lengths = {len(v[name]) for v in vectors for name in ("tenant_id", "sector_id")}
    assert {0, 1, 2**32 - 1} == {v["generation"] for v in vectors}
    assert {1, 2} == {v["key_version"] for v in vectors}
    assert {1, 64} <= lengths
    assert len(vectors) == len({v["ppid"] for v in vectors})


def test_the_readme_shows_the_vectors(known_answers: dict[str, Any]) -> None:
    """The README's table has the same names and PPIDs as the vector file, in the same order."""
    expected = [(v["name"], v["ppid"]) for v in known_answers["vectors"]]
    assert expected == [(name, value) for name, _, value in readme_rows()]


def test_the_readme_commands_print_the_readme_values() -> None:
    """After the README's functions are pasted, each command of the table prints the PPID beside it."""
    rows = readme_rows()
    printed = bash("\n".join([readme_block("openssl dgst"), *(command for _, command, _ in rows)]))
    assert [value for _, _, value in rows] == printed.splitlines()


def test_the_readme_commands_name_the_vectors_inputs(known_answers: dict[str, Any]) -> None:
    """Each command of the README's table has its vector's key, ids, handle and generation."""
    block = readme_block("openssl dgst")
    for vector, (_, command, _) in zip(known_answers["vectors"], readme_rows(), strict=True):
        show = command.replace("ppid ", 'printf "%s " ', 1)
        arguments = bash(f"{block}\n{show}").split()
        generation = [f"{vector['generation']:08x}"] if vector["generation"] else []
        key = known_answers["keys"][str(vector["key_version"])]
        assert [key, vector["tenant_id"], vector["sector_id"], vector["handle"], *generation] == arguments


def test_the_readme_shows_a_message_in_full() -> None:
    """The README's message, spelt out part by part, is the one that the library makes."""
    _, _, example = README.read_text().partition(
        "The message for (`aoba`, `library`, bytes 00 to 1f, generation 1):"
    )
    expected = "".join(example.split("```")[1].removeprefix("text").split())
    message = ppid.message(tenant_id="aoba", sector_id="library", handle=bytes(range(32)), generation=1)
    assert expected == message.hex()
