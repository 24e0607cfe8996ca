"""`idp tenant settings --office-*`: who helps residents, said by language."""

import pytest

DESK = ("--office-desk", "市民課 1階2番窓口", "--office-telephone", "000-000-0000")


def test_an_office_is_stated_line_by_line(idp, aoba):
    """Lines add up, an empty one is taken out, and the running server follows."""
    idp("tenant", "settings", "aoba", *DESK)
    said = idp("tenant", "settings", "aoba", "--office-hours", "平日 9時～17時", "--json").json["offices"]
    assert said == {"ja": {"desk": "市民課 1階2番窓口", "telephone": "000-000-0000", "hours": "平日 9時～17時"}}
    assert idp("tenant", "settings", "aoba", "--office-telephone", "", "--json").json["offices"] == {
        "ja": {"desk": "市民課 1階2番窓口", "hours": "平日 9時～17時"}
    }
    aoba.product.directory.refresh()
    assert aoba.product.directory.tenant("aoba").settings.office("ja").desk == "市民課 1階2番窓口"


def test_what_is_not_said_in_a_language_is_said_in_japanese(idp, aoba):
    """Each line by itself."""
    idp("tenant", "settings", "aoba", *DESK)
    idp("tenant", "settings", "aoba", "--office-language", "en", "--office-desk", "Citizens' Section")
    aoba.product.directory.refresh()
    office = aoba.product.directory.tenant("aoba").settings.office("en")
    assert (office.desk, office.telephone, office.paper) == ("Citizens' Section", "000-000-0000", "")


def test_an_office_of_which_nothing_is_left_is_gone(idp, aoba):
    """Settings that say nothing are stored as nothing."""
    idp("tenant", "settings", "aoba", *DESK)
    emptied = idp("tenant", "settings", "aoba", "--office-desk", "", "--office-telephone", "", "--json")
    assert emptied.json["offices"] == {}


@pytest.mark.parametrize(
    "options",
    [
        ("--office-language", "fr", "--office-desk", "Mairie"),
        ("--office-telephone", "市民課まで"),
        ("--office-telephone", "javascript:1"),
        ("--office-desk", "x" * 201),
        ("--office-hours", "月\n火"),
        ("--office-bring", " カード "),
    ],
)
def test_what_no_page_can_show_is_refused(idp, aoba, options):
    """One sentence, exit code 1, nothing written."""
    refused = idp("tenant", "settings", "aoba", *options)
    assert (refused.code, refused.out) == (1, "")
    assert "Traceback" not in refused.err
    assert idp("tenant", "settings", "aoba", "--json").json["offices"] == {}
