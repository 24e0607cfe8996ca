"""What every way to J-LIS's linkage promises: the four answers, and three errors and no other."""

import pytest
from components.town import town

from connectors.errors import ConnectorError, Refused, Unreachable
from connectors.http import Outbound
from connectors.jlis.lineage import LineageHttp
from connectors.jlis.unconfigured import NoLineage
from connectors.ports import CertificateName, Lineage, LineageAnswer
from connectors.sandbox.state import Slot


@pytest.fixture(scope="module")
def made(tmp_path_factory, founded_world):
    """A town with the stand-in on a socket."""
    with town(tmp_path_factory.mktemp("linkage"), founded_world) as running:
        yield running


@pytest.fixture(params=["http", "unconfigured"])
def source(request, made):
    """One implementation of the port."""
    return LineageHttp(f"{made.jlis}/lineage", Outbound([made.jlis])) if request.param == "http" else NoLineage()


def name(made, resident: str, slot: Slot = Slot.AUTH) -> CertificateName:
    """The newest certificate in that place, as J-LIS names it."""
    issued = made.world.state.current(resident, slot)
    issuer = next(a for a in made.world.authorities if (a.kind, a.generation) == (slot.kind, issued.generation))
    return CertificateName(slot.kind, issuer.key_id, issued.serial)


def test_an_answer_is_whole_or_an_error(made, source):
    """`first` names nobody, `linked` names others and never the one asked about; else one of the three errors."""
    for resident, slot in (("hanako", Slot.AUTH), ("midori", Slot.PHONE), ("yoko", Slot.SIGN)):
        asked = name(made, resident, slot)
        if isinstance(source, NoLineage):
            with pytest.raises(ConnectorError):
                source.ask(asked)
            continue
        answer = source.ask(asked)
        assert asked not in answer.certificates
        assert {other.kind for other in answer.certificates} <= {asked.kind}
        if answer.answer is not LineageAnswer.UNOBTAINABLE:
            assert bool(answer.certificates) == (answer.answer is LineageAnswer.LINKED)


def test_nobody_is_made_up(made, source):
    """A certificate that was never issued is an error, never a first one."""
    asked = name(made, "hanako")
    with pytest.raises((Refused, Unreachable)):
        source.ask(CertificateName(asked.kind, asked.issuer_key_id, 0x7F))


def test_the_stand_in_gives_each_answer(made):
    """First, linked by card and phone, not to be obtained, and down."""
    source = LineageHttp(f"{made.jlis}/lineage", Outbound([made.jlis]))
    assert source.ask(name(made, "hanako")) == Lineage(LineageAnswer.FIRST)
    linked = Lineage(LineageAnswer.LINKED, (name(made, "midori", Slot.PHONE),))
    assert source.ask(name(made, "midori")) == linked
    made.control(do="lineage", mode="unobtainable")
    assert source.ask(name(made, "midori")) == Lineage(LineageAnswer.UNOBTAINABLE)
    made.control(do="lineage", mode="down")
    with pytest.raises(Unreachable):
        source.ask(name(made, "midori"))
    made.control(do="lineage", mode="up")
