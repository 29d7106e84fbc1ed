"""What the organiser tells the search: it knows it from the moment it is saved."""

from collections.abc import Collection

from django.db import transaction

from services.indexing import index_again, named_by
from services.models import ServiceVersion, Synonym
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
