"""The consent page: what a resident reads before a service receives anything of them, or of whom they act for."""

from dataclasses import dataclass

from flask import Response

from idp.login import attribute_view, consent, dispatch
from idp.login.pairwise import Pairs
from idp.login.states import WITHOUT_CARD
from idp.login.transaction import Attempt
from idp.services.redirect_uris import host_of
from idp.tenants.tenancy import OFFLINE, OFFLINE_DAYS, Client
from idp.web.web import PageWriter, current_language, show_at_counter


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentPage:
    """Writes it."""

    pairs: Pairs
    pages: PageWriter

    def show(self, attempt: Attempt) -> Response:
        """The page as it is now."""
        if attempt.transaction.at_counter:
            show_at_counter()
        tenant, client, transaction = attempt.tenant, attempt.client, attempt.transaction
        language = current_language()
        sharing = [other.name(language) for other in tenant.sharing(client)]
        return self.pages.page(
            "consent.html",
            form_ends_at=client.redirect_uris,
            service_name=client.name(language),
            purpose=client.purpose(language),
            sector_note=sharing or None,
            sector_purpose=tenant.sectors[client.sector_id].purpose if sharing else "",
            action_url=f"{transaction.url(tenant)}/consent",
            transaction=[("form", transaction.form), ("stated", dispatch.asked_in(attempt).stated)],
            attributes=self._attributes(attempt),
            organization=dispatch.organization_of(tenant, transaction),
            resources=self._resources(attempt),
            lasting_days=OFFLINE_DAYS if OFFLINE in transaction.request.scopes else 0,
            begins_anew=self.pairs.begins_anew(tenant, client, dispatch.subject_of(tenant, transaction)),
            acting=dispatch.acting_in(tenant, transaction),
            with_card=transaction.proved_by not in WITHOUT_CARD,
            shared=transaction.shared,
            everywhere=tenant.settings.single_sign_on_everywhere,
            unreviewed=None if client.is_reviewed else _hosts(client),
            pages=_own_pages(client),
        )

    def _resources(self, attempt: Attempt) -> list[tuple[str, str]]:
        """Where the service would act for the resident: each resource's name, and whose it is, if not its own."""
        tenant, language = attempt.tenant, current_language()
        asked = [r for r in tenant.resources.values() if r.consent in attempt.transaction.request.scopes]
        owners = {r.identifier: tenant.clients[r.client_id] for r in asked}
        own = attempt.client.client_id
        return [
            (r.name(language), "" if r.client_id == own else owners[r.identifier].name(language)) for r in asked
        ]

    def _attributes(self, attempt: Attempt) -> attribute_view.View | None:
        """What was read from the card as the page shows it, None where the service asks for nothing of it."""
        tenant, transaction = attempt.tenant, attempt.transaction
        read, wanted = dispatch.attributes_of(tenant, transaction), transaction.request.attributes.plain
        if read is None:
            return attribute_view.missing(wanted)
        asked = dispatch.asked_in(attempt)
        pair = self.pairs.find(tenant, attempt.client, dispatch.subject_of(tenant, transaction))
        stated = attribute_view.Stated(attempt.client.claim_terms, consent.agreed(pair), current_language())
        return attribute_view.of(read, changed=consent.changed(pair, asked), stated=stated, wanted=wanted)


def _hosts(client: Client) -> list[str]:
    """Where the service may send people, by name."""
    return list(dict.fromkeys(host_of(uri) for uri in client.redirect_uris))


def _own_pages(client: Client) -> list[tuple[str, str]]:
    """The service's own pages; nobody is led to those that nobody has looked at."""
    pages = (("about", client.client_uri), ("policy", client.policy_uri), ("terms", client.tos_uri))
    return [(name, url) for name, url in pages if url and client.is_reviewed]
