"""A service on its way: changed, sent for review, published by a second person, checked, archived."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import gettext as _

from cus_portal.accounts.models import Institution
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.db import fold, next_number
from services.actions.news import tell_authors, tell_reviewers
from services.content import content_of, with_content
from services.copying import copied
from services.models import Programme, Service, ServiceVersion
from services.publishing import publish, refresh_pages
from services.restoring import restore
from services.review import submission_of
from services.workflow import SERVICE


@transaction.atomic
def propose_service(service: Service, *, by, now: datetime) -> Service:
    """Begin an entry of a partner's own institution; what only the centre decides is filled in and changed later."""
    require(by, "services.add_service")
    require(by, "services.revise_service", service)
    today = timezone.localdate(now)
    service.code = f"P{today:%y}-{next_number('service proposal', today.year):03}"
    service.slug = _free_address(slugify(fold(service.plain_name)), service.code.lower())
    service.evidence, service.evidence_source = Service.Evidence.BELZYCE, service.provider.name[:160]
    service.editor_id, service.reviewed_on = by.pk, today
    service.save()
    return service


@transaction.atomic
def copy_service(source: Service, *, plain_name: str, provider: Institution, by, now: datetime) -> Service:
    """Begin a draft of this institution with the parts of another entry, and without its history, days and name."""
    require(by, "services.add_service")
    by_centre, today = by.has_perm("services.publish_service"), timezone.localdate(now)
    content = copied(
        content_of(with_content(Service.objects.filter(pk=source.pk)).get()),
        renamed=plain_name != source.plain_name,
        other_provider=provider.pk != source.provider_id,
        by_centre=by_centre,
        on=today,
        running=set(Programme.objects.in_force(today).values_list("code", flat=True)),
    )
    service = Service(provider=provider, plain_name=plain_name, name=plain_name, delivery_modes=content["delivery"])
    propose_service(service, by=by, now=now)
    new = _words_of_its_own(service)
    if by_centre:
        new |= {"evidence": Service.Evidence.REALISTIC}
        new.pop("source", None)
    restore(service, content | new)
    record("service.copy", service, by=by, reason=source.code)
    return service


def _words_of_its_own(service):
    written = content_of(with_content(Service.objects.filter(pk=service.pk)).get())
    words = ("code", "slug", "name", "plain_name", "provider", "reviewed_on", "evidence", "source")
    return {word: written[word] for word in words if word in written}


def _free_address(slug, code):
    taken = Service.objects.filter(slug=slug).exists() or ServiceVersion.objects.filter(slug=slug).exists()
    return slug if slug and not taken else f"{slug[:80]}-{code}".lstrip("-")


@transaction.atomic
def revise_service(service: Service, *, by, now: datetime) -> Service:
    """Open the entry for changes. The public goes on reading its published version."""
    SERVICE.move(service, "revise", by=by)
    return service


@transaction.atomic
def submit_service(
    service: Service, *, note: str, by, now: datetime, checked: bool = False, announced: bool = True
) -> Service:
    """Ask a second person to look at the changes and to publish them; `checked` vouches for the whole entry."""
    _refuse_unfit(service, by=by)
    SERVICE.move(service, "submit", by=by, reason=note, **_checked(now) if checked else {})
    if announced:
        tell_reviewers(service, on=timezone.localdate(now))
    return service


@transaction.atomic
def take_service_back(service: Service, *, by, now: datetime) -> Service:
    SERVICE.move(service, "take_back", by=by)
    return service


@transaction.atomic
def send_service_back(service: Service, *, reason: str, by, now: datetime) -> Service:
    """Tell the authors what has to be mended before the entry may become public."""
    SERVICE.move(service, "send_back", by=by, reason=reason)
    tell_authors(service, by=by)
    return service


@transaction.atomic
def publish_service(service: Service, *, by, now: datetime) -> Service:
    """Show to everybody what others wrote and this person has read."""
    submission = submission_of(service)
    _refuse_without_basis(service)
    _refuse_other_basis(*_two_contents(service))
    SERVICE.move(service, "publish", by=by)
    _make_public(service, by=by, now=now, note=submission.reason if submission else "")
    return service


@transaction.atomic
def publish_service_alone(service: Service, *, reason: str, by, now: datetime) -> Service:
    """Publish one's own changes where nobody else can; the version keeps it, with the reason."""
    _refuse_unfit(service, by=by)
    SERVICE.move(service, "publish_alone", by=by, reason=reason)
    _make_public(service, by=by, now=now, alone=True, note=reason)
    return service


@transaction.atomic
def discard_changes(service: Service, *, by, now: datetime) -> Service:
    """Make the entry again what the public reads."""
    public = ServiceVersion.objects.current().filter(service=service).first()
    if public is None:
        raise ValidationError(_("This entry has never been public: there is nothing to go back to."))
    SERVICE.move(service, "discard", by=by)
    restore(service, public.content)
    return service


@transaction.atomic
def confirm_service(service: Service, *, by, now: datetime) -> Service:
    """Write down that the entry was checked and is still true. No second person is needed: nothing has changed."""
    if changed_words(*_two_contents(service)) - {"reviewed_on"}:
        raise ValidationError(_("The entry differs from what is public. Press “Change” and send it for review."))
    SERVICE.move(service, "confirm", by=by, **_checked(now))
    _make_public(service, by=by, now=now, note=_("Checked; nothing has changed."))
    return service


@transaction.atomic
def archive_service(service: Service, *, reason: str, by, now: datetime) -> Service:
    """Take the service off the lists; its page stays and says that it has ended."""
    SERVICE.move(service, "archive", by=by, reason=reason)
    _make_public(service, by=by, now=now, note=reason)
    return service


@transaction.atomic
def reopen_service(service: Service, *, reason: str, by, now: datetime) -> Service:
    """Put an archived service back on the lists as it was; what is no longer true is changed afterwards."""
    SERVICE.move(service, "reopen", by=by, reason=reason)
    _make_public(service, by=by, now=now, note=reason)
    return service


def _checked(now):
    return {"reviewed_on": timezone.localdate(now)}


def changed_words(before: dict, after: dict) -> set[str]:
    """Return in which words of the files two contents differ."""
    return {word for word in before.keys() | after.keys() if before.get(word) != after.get(word)}


def _two_contents(service):
    """Return what is public of the entry, {} if nothing, and its working copy."""
    public = ServiceVersion.objects.current().filter(service=service).first()
    return public.content if public else {}, content_of(with_content(Service.objects.filter(pk=service.pk)).get())


def _make_public(service, *, by, now, note, alone=False):
    publish(service, by=by, now=now, alone=alone, note=note[:300])
    refresh_pages(Service.objects.filter(instead=service), now=now)


def _refuse_unfit(service, *, by):
    """A partner's editor writes no basis; the centre adds it before the entry becomes public."""
    if by.has_perm("services.add_programmeservice"):
        _refuse_without_basis(service)
    public, mine = _two_contents(service)
    if public == mine:
        raise ValidationError(_("Nothing differs from what is public. “Discard the changes” leads back."))
    _refuse_other_basis(public, mine)


def _refuse_without_basis(service):
    if not service.programme_services.exists():
        raise ValidationError(_("First add a basis: by which programme or law, and from which day."))


def _refuse_other_basis(public, mine):
    """Requests remember the basis under which they were filed: of one that was public only the last day may change."""
    found = {(row["programme"], row["from"]): row for row in mine["basis"]}
    for before in public.get("basis", []):
        after = found.get((before["programme"], before["from"]), {})
        if {**before, "to": None} != {**after, "to": None}:
            raise ValidationError(
                _("The basis from %(day)s was public: only its last day may change. Close it and add a new one.")
                % {"day": date_format(date.fromisoformat(before["from"]), "j E Y")}
            )
