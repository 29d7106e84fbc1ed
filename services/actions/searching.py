"""What the organiser tells the search: it knows it from the moment it is saved."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from cus_portal.audit.log import record
from services.indexing import index_again, named_by
from services.models import ServiceVersion, Synonym, UnmetSearch
from services.publishing import renew_stamp


@transaction.atomic
def synonym_changed(synonym: Synonym, *, terms_before: str = "") -> None:
    """Index anew the entries that the synonym leads to, and those it led to until now."""
    index_again(named_by(f"{synonym.terms},{terms_before}"))
    renew_stamp()


@transaction.atomic
def guide_changed(services: Collection[int]) -> None:
    """Index anew the services to which answers of the guide lead or led: their words stand in the index too."""
    index_again(ServiceVersion.objects.listed().filter(service__in=services))


@transaction.atomic
def decide_unmet(search: UnmetSearch, decision: str, *, by, now: datetime) -> UnmetSearch:
    """Write down what is made of a search that found nothing; NONE lets it wait again."""
    search.decision = decision
    search.decided_at = None if decision == UnmetSearch.Decision.NONE else now
    search.save(update_fields=["decision", "decided_at"])
    record(f"unmetsearch.{decision}", search, by=by)
    return search
