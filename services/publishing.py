"""How entries become public: the only code that writes versions and what the lists ask of them."""

import uuid
from itertools import islice

from django.db import transaction
from django.db.models import Max

from cus_portal.page_cache import forget_pages
from services.content import Directory, basis_ids_of, card_of, content_of, page_of, with_content
from services.indexing import index, index_missing
from services.models import CatalogueStamp, PublicBasis, Service, ServiceVersion, Status
from services.quality import completeness

AT_ONCE = 200


@transaction.atomic
def publish_all(*, now):
    """Publish each published or archived entry whose content has changed, and refresh the pages of all others."""
    directory = Directory()
    public = Service.objects.filter(status__in=(Status.PUBLISHED, Status.ARCHIVED)).order_by("pk")
    for keys in in_batches(public.values_list("pk", flat=True)):
        _publish(list(with_content(Service.objects.filter(pk__in=keys))), directory, now=now)
    waiting = Service.objects.filter(status__in=(Status.DRAFT, Status.REVIEW), versions__public_to=None)
    refresh_pages(waiting.order_by("pk"), now=now, directory=directory)
    index_missing()


def renew_stamp():
    """Tell that what the public sees has changed: publishing does so itself, whoever writes an alert calls it."""
    stamp = CatalogueStamp(pk=1, value=uuid.uuid4())
    CatalogueStamp.objects.bulk_create([stamp], update_conflicts=True, unique_fields=["pk"], update_fields=["value"])
    transaction.on_commit(forget_pages)


def in_batches(keys):
    keys = iter(keys)
    while batch := list(islice(keys, AT_ONCE)):
        yield batch


@transaction.atomic
def publish(service, *, by, now, alone=False, note=""):
    """Make the entry's content the public version, where it differs from the one that is public."""
    loaded = list(with_content(Service.objects.filter(pk=service.pk)))
    _publish(loaded, Directory(), now=now, published_by=by, published_alone=alone, note=note)
    renew_stamp()


@transaction.atomic
def refresh_pages(services, *, now, directory=None):
    """Make the pages of the public versions anew, from their reviewed content, after what they refer to has changed."""
    directory = directory or Directory()
    for keys in in_batches(services.values_list("pk", flat=True).distinct()):
        versions = ServiceVersion.objects.current().filter(service__in=keys).select_related("service")
        _write_pages(list(versions), directory, now=now)
    renew_stamp()


def _publish(services, directory, *, now, **by_whom):
    current = {row.service_id: row for row in ServiceVersion.objects.current().filter(service__in=services)}
    numbers = dict(
        ServiceVersion.objects.filter(service__in=services).values_list("service").annotate(Max("number")).order_by()
    )
    kept, fresh = [], []
    for service in services:
        content, before = content_of(service), current.get(service.pk)
        listed = service.status == Status.PUBLISHED
        if before and before.content == content and before.is_listed == listed:
            before.service = service
            kept.append(before)
            continue
        fresh.append(
            ServiceVersion(
                service=service,
                number=numbers.get(service.pk, 0) + 1,
                content=content,
                page={},
                public_from=now,
                modified_at=now,
                is_listed=listed,
                slug=service.slug,
                name_sort=service.name_sort,
                **by_whom,
            )
        )
    replaced = [current[version.service_id].pk for version in fresh if version.service_id in current]
    PublicBasis.objects.filter(version__in=replaced).delete()
    ServiceVersion.objects.filter(pk__in=replaced).update(public_to=now)
    _write_pages([*kept, *fresh], directory, now=now)


def _write_pages(versions, directory, *, now):
    """Write page, list columns and bases of the versions whose page comes out different; new ones come whole."""
    ids = basis_ids_of([version.service for version in versions])
    changed = []
    for version in versions:
        page = page_of(version.content, version.service, directory, ids[version.service_id])
        card, complete = card_of(page), completeness(version.content)
        if (page, card, complete) == (version.page, version.card, version.completeness):
            continue
        if page != version.page:
            version.page, version.modified_at = page, now
        version.card, version.completeness = card, complete
        version.featured = page.get("featured")
        for column in ("areas", "groups", "localities", "topics", "places"):
            setattr(version, column, [row["code"] for row in page[column]])
        version.delivery, version.provider = page["delivery"], page["provider"]["code"]
        changed.append(version)
    known = [version for version in changed if version.pk]
    columns = ["page", "card", "modified_at", "completeness", "featured", "delivery", "provider"]
    ServiceVersion.objects.bulk_update(known, [*columns, "areas", "groups", "localities", "topics", "places"])
    PublicBasis.objects.filter(version__in=known).delete()
    ServiceVersion.objects.bulk_create(version for version in changed if not version.pk)
    PublicBasis.objects.bulk_create(
        PublicBasis(
            basis_id=row["id"],
            version=version,
            valid_from=row["from"],
            valid_to=row["to"],
            fee_kind=row["fee"],
            comes_back=row["comes_back"],
        )
        for version in changed
        for row in version.page["bases"]
    )
    index(changed)


def preview(service, *, now):
    """Return what publishing would make of the working copy, not saved: for those who edit it."""
    service = with_content(Service.objects.filter(pk=service.pk)).get()
    content = content_of(service)
    page = page_of(content, service, Directory(), basis_ids_of([service])[service.pk])
    return ServiceVersion(
        service=service, content=content, page=page, card=card_of(page), slug=service.slug, public_from=now
    )
