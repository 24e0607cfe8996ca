"""Every page in every state and language, rendered once."""

from collections.abc import Mapping

import pytest
from components.page_states import CARD, CONSENT, TENANT, every_state, shown

from idp.pages.render import Pages, TenantView

Rendered = Mapping[tuple[str, str], str]
"""(name of the page and its state, language) to its HTML."""


@pytest.fixture(scope="session")
def pages() -> Pages:
    """The pages as the product reads them."""
    return Pages()


@pytest.fixture(scope="session")
def tenant() -> TenantView:
    """A municipality with a sandbox."""
    return TENANT


@pytest.fixture
def card() -> dict[str, object]:
    """The context of a card page that waits."""
    return dict(CARD)


@pytest.fixture
def consent() -> dict[str, object]:
    """The context of a consent page."""
    return dict(CONSENT)


@pytest.fixture(scope="session")
def every_page(pages: Pages) -> Rendered:
    """All pages; an undefined variable or an unknown text fails here."""
    return {
        (state[0], language): shown(pages, state, language)
        for language in pages.languages
        for state in every_state()
    }
