"""What a service states about items, by command; how long things are kept, and which municipalities are known."""

import json

import pytest

TERMS = """
[name]
purpose = { ja = "貸出カードの作成", en = "To make your library card" }
kept = "退会から1年"
law = "見本図書館条例"
article = { ja = "第5条", en = "Article 5" }

[age_over_65]
purpose = "割引の案内"
kept = "年度の終わりまで"
required = false
"""


def test_terms_come_from_a_file_and_are_shown(idp, aoba, tmp_path):
    """TOML at first, JSON for a change, which states all items anew."""
    file = tmp_path / "terms.toml"
    file.write_text(TERMS, encoding="utf-8")
    there = ("--tenant", "aoba", "--json")
    uri = ("--name-ja", "見本", "--redirect-uri", "http://127.0.0.1:8901/callback")
    idp("service", "create", "cards", *uri, "--scope", "openid name", "--claim-terms", str(file), *there)
    shown = json.loads(idp("service", "show", "cards", *there).out)["claim_terms"]
    assert shown["name"]["law"] == {"ja": "見本図書館条例"}
    assert shown["name"]["required"] is True
    assert shown["age_over_65"]["purpose"] == {"ja": "割引の案内"}
    anew = tmp_path / "terms.json"
    anew.write_text(json.dumps({"name": {"purpose": "本人の確認", "kept": "1年"}}), encoding="utf-8")
    changed = json.loads(idp("service", "change", "cards", "--claim-terms", str(anew), *there).out)
    assert list(changed["claim_terms"]) == ["name"]
    assert aoba.product.directory.tenant("aoba") is not None


@pytest.mark.parametrize(
    ("content", "code"), [("[name", 2), ("", 0), ("[shoe_size]\npurpose = 'x'\nkept = 'y'", 1)]
)
def test_a_file_that_is_none_is_said_in_one_sentence(idp, tmp_path, content, code):
    """Usage for what cannot be read, refused for what cannot be registered; an empty file states nothing."""
    file = tmp_path / "terms.toml"
    file.write_text(content, encoding="utf-8")
    ran = idp("service", "change", "library", "--tenant", "aoba", "--claim-terms", str(file), "--json")
    assert ran.code == code
    assert ("Traceback" in ran.err, "Traceback" in ran.out) == (False, False)


def test_a_tenant_states_its_table_and_how_long_things_are_kept(idp, tmp_path):
    """A slip in a code is refused by its line, and nothing changes."""
    file = tmp_path / "municipalities.csv"
    file.write_text("990019,見本県青葉市\n990027,見本県若葉市\n", encoding="utf-8")
    stated = ("--municipalities", str(file), "--released-seconds", "0")
    shown = json.loads(idp("tenant", "settings", "aoba", *stated, "--json").out)
    assert (shown["municipalities"], shown["released_seconds"]) == (2, 0)
    file.write_text("990018,見本県青葉市\n", encoding="utf-8")
    ran = idp("tenant", "settings", "aoba", "--municipalities", str(file), "--json")
    assert ran.code == 2
    assert "line 1" in ran.out + ran.err
    assert json.loads(idp("tenant", "settings", "aoba", "--json").out)["municipalities"] == 2
