"""Changes in the life of an institution: another name, one body taken over by another, the end of one.

Nothing open ever points at a closed institution: whoever opens something there holds its row, as these acts do.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.actions.links import send_new_link
from coordination.links import new_link
from coordination.models import Contract, Handover, IncomingReferral, Plan, PlanItem, Referral, ReferralLink
from cus_portal.accounts.models import FormerName, Institution, Membership, User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import notify, see_to, send_again
from residents.models import Consent
from services.actions import refresh_entries
from services.models import Agreement, Service, Status

CHANGE = "accounts.change_institution"
A_DAY = timedelta(days=1)
NAMED_AT_MOST = 10
INSTITUTION, USER, LINK = (model._meta.label_lower for model in (Institution, User, ReferralLink))


@transaction.atomic
def rename_institution(institution: Institution, *, name: str, short_name: str, by: User, now: datetime) -> Institution:
    """Give the institution another name from today; what was sent before keeps the old one."""
    held = _held(institution, by=by)[0]
    if (name, short_name) == (held.name, held.short_name):
        raise ValidationError({"name": _("It has this name already.")})
    _remember_name(held, at=held, until=timezone.localdate(now) - A_DAY)
    Institution.objects.filter(pk=held.pk).update(name=name, short_name=short_name)
    institution.name, institution.short_name = name, short_name
    refresh_entries(institution, now=now)
    record("institution.rename", institution, by=by, reason=held.name)
    return institution


@transaction.atomic
def merge_institution(institution: Institution, *, into: Institution, by: User, now: datetime) -> Institution:
    """Let another institution take this one over, as a centre takes over a welfare office (same REGON, new NIP).

    Live referrals of both directions, consents in force, items of open plans, services, agreements and people go over
    in this transaction. What has ended stays where it was.
    """
    if into.pk == institution.pk:
        raise ValidationError({"into": _("Choose another institution.")})
    gone, heir = _held(institution, into, by=by)
    if not heir.is_active or gone.is_centre:
        raise ValidationError({"into": _("Choose another institution that is active.")})
    on = timezone.localdate(now)
    Institution.objects.filter(pk=gone.pk).update(is_active=False, closed_on=on, merged_into=heir)
    _move_people(gone, heir, on=on)
    _move_referrals(gone, heir, on=on, by=by)
    for consent in Consent.objects.in_force(on).filter(receiver=gone):
        Consent.objects.filter(pk=consent.pk).update(receiver=heir)
        record("consent.receiver_taken_over", consent, by=by)
    PlanItem.objects.filter(provider=gone, plan__status__in=Plan.OPEN).update(provider=heir)
    Service.objects.filter(provider=gone).exclude(status=Status.ARCHIVED).update(provider=heir)
    Agreement.objects.filter(Q(valid_to=None) | Q(valid_to__gte=on), institution=gone).update(institution=heir)
    IncomingReferral.objects.live().filter(sender=gone).update(sender=heir)
    _remember_name(gone, at=heir, until=on - A_DAY)
    gone.former_names.update(institution=heir)
    refresh_entries(heir, now=now)
    record("institution.merge", institution, by=by, reason=heir.name)
    record("institution.take_over", heir, by=by, reason=gone.name)
    institution.refresh_from_db()
    return institution


@transaction.atomic
def close_institution(institution: Institution, *, reason: str, by: User, now: datetime) -> Institution:
    """Close an institution that is no more. What is still open there must first go elsewhere."""
    held = _held(institution, by=by)[0]
    if held.is_centre:
        raise ValidationError(_("The centre itself is not closed here."))
    open_there = what_is_open_at(held)
    if open_there:
        raise ValidationError(_("This is still open here: %(what)s.") % {"what": "; ".join(open_there)})
    if Referral.objects.open().filter(receiver=held).exists() or handed_on_to(held).exists():
        raise ValidationError(_("The coordinators have something to end here first. Ask them."))
    on = timezone.localdate(now)
    for membership in _current(held, on):
        _end_before(membership, on)
    Institution.objects.filter(pk=held.pk).update(is_active=False, closed_on=on)
    record("institution.close", institution, by=by, reason=reason)
    institution.refresh_from_db()
    return institution


def what_is_open_at(institution: Institution) -> list[str]:
    """Return in words what keeps an institution from being closed, as far as everybody may know of it."""
    referrals = Referral.objects.without_secrets().open().filter(receiver=institution).order_by("pk")
    there = handed_on_to(institution).without_secrets().order_by("pk")
    items = PlanItem.objects.filter(provider=institution, plan__status__in=Plan.OPEN)
    services = Service.objects.filter(provider=institution, status=Status.PUBLISHED)
    contracts = Contract.objects.open().filter(agreement__institution=institution)
    numbers = _first_of(referrals.values_list("number", flat=True))
    passed_on = _first_of(there.values_list("number", flat=True))
    names = _first_of(services.order_by("plain_name", "pk").values_list("plain_name", flat=True))
    found: list[tuple[str, Any]] = [
        (_("referrals %(numbers)s"), numbers and {"numbers": numbers}),
        (_("passed on to it, not taken up yet: %(numbers)s"), passed_on and {"numbers": passed_on}),
        (_("items of open plans: %(number)s"), {"number": items.count()}),
        (_("services in the catalogue: %(names)s"), names and {"names": names}),
        (_("contracts: %(number)s"), {"number": contracts.count()}),
    ]
    return [words % facts for words, facts in found if facts and facts.get("number", 1)]


def handed_on_to(institution: Institution):
    """Return what was passed on to it, or to one that it has taken over, and is not taken up yet."""
    at_it = Q(receiver=institution) | Q(receiver__merged_into=institution)
    return IncomingReferral.objects.handed_on().filter(
        pk__in=Handover.objects.filter(at_it, sent_back_on=None).values("incoming")
    )


def _first_of(names: QuerySet) -> str:
    """Return the first ones in words, and how many there are besides."""
    named = ", ".join(names[:NAMED_AT_MOST])
    more = names.count() - NAMED_AT_MOST
    return named if more <= 0 else f"{named} {ngettext('and %(n)s more', 'and %(n)s more', more) % {'n': more}}"


def _held(*institutions: Institution, by: User) -> list[Institution]:
    """Return them as they stand now, held in one order whoever comes first; none of them may be closed."""
    for institution in institutions:
        require(by, CHANGE, institution)
    rows = Institution.objects.select_for_update().filter(pk__in=[one.pk for one in institutions]).order_by("pk")
    found = {row.pk: row for row in rows}
    if any(row.closed_on for row in found.values()):
        raise ValidationError(_("This institution has been closed already."))
    return [found[one.pk] for one in institutions]


def _remember_name(named: Institution, *, at: Institution, until: date) -> None:
    FormerName.objects.create(institution=at, name=named.name, short_name=named.short_name, until=until)


def _both_asked(referral: Referral, heir: Institution, *, by: User) -> str:
    same = Referral.objects.open().filter(case=referral.case_id, service=referral.service_id)
    both = same.filter(receiver__in=[referral.receiver_id, heir.pk])
    if both.exclude(pk__in=Referral.objects.visible_to(by).values("pk")).exists():
        return _("Both are asked for the same. Ask the coordinators to end one of the two first.")
    words = _("Both have an open referral for the same need: %(number)s. End one of them first.")
    return words % {"number": referral.number}


def _move_referrals(gone: Institution, heir: Institution, *, on: date, by: User) -> None:
    """Let each live referral follow, and tell its own history so. Where nobody has an account, a new link goes out."""
    rows = Referral.objects.live().filter(receiver=gone).select_related("case__coordinator", "consent")
    live = list(rows.order_by("pk"))
    for referral in live:
        try:
            with transaction.atomic():
                Referral.objects.filter(pk=referral.pk).update(receiver=heir, version=F("version") + 1)
        except IntegrityError:
            raise ValidationError({"into": _both_asked(referral, heir, by=by)}) from None
        record("referral.follow", referral, by=by, reason=heir.name)
        referral.receiver = heir
        if referral.sent_at and referral.status in Referral.OPEN:
            send_new_link(referral, on=on)
    _tell_coordinators(live, gone, heir, by=by)


def _tell_coordinators(moved: list[Referral], gone: Institution, heir: Institution, *, by: User) -> None:
    """Write once to each coordinator how many went over. What is protected or restricted is named and counted nowhere.

    Whoever has nothing else there reads, as always, that there is something new; the list behind the path has it all.
    """
    theirs: defaultdict[User, list[Referral]] = defaultdict(list)
    for referral in moved:
        person = referral.case.coordinator
        if person.pk != by.pk and person.is_active:
            theirs[person].append(referral)
    path = f"{reverse('coordination:worklist', args=['live'])}?institution={heir.pk}"
    for person, referrals in theirs.items():
        key = f"institution_taken_over:{gone.pk}:{person.pk}"
        if count := sum(not _is_secret(one) for one in referrals):
            facts = {"count": count, "gone": gone.name, "heir": heir.name, "path": path}
            notify(person, "institution_taken_over", dedupe_key=key, **facts)
        else:
            notify(person, "referral_protected", dedupe_key=key, about=referrals[0], path=path)


def _is_secret(referral: Referral) -> bool:
    protected = referral.confidentiality == Referral.Confidentiality.PROTECTED
    return protected or referral.case.restricted_file_id is not None


def _move_people(gone: Institution, heir: Institution, *, on: date) -> None:
    """End each role at the one and begin it at the other, unless its holder has it there already."""
    for membership in _current(gone, on):
        there = Membership.objects.dated(on).filter(
            user=membership.user_id, institution=heir, role=membership.role
        )  # fmt: skip
        if not there.exists():
            Membership.objects.create(
                user_id=membership.user_id,
                institution=heir,
                role=membership.role,
                valid_from=on,
                valid_to=membership.valid_to,
            )
        _end_before(membership, on)


def _current(institution: Institution, on: date):
    return institution.memberships.filter(Q(valid_to=None) | Q(valid_to__gte=on)).order_by("pk")


def _end_before(membership: Membership, on: date) -> None:
    """End it yesterday; what begins today or later never held."""
    membership.valid_to = max(on - A_DAY, membership.valid_from)
    membership.save(update_fields=["valid_to"])


@transaction.atomic
def confirm_email(institution: Institution, *, reason: str, by: User, now: datetime) -> Institution:
    """Note that the institution was called and its address is read by its own people only."""
    held = _held(institution, by=by)[0]
    Institution.objects.filter(pk=held.pk).update(confirmed_email=held.email)
    record("institution.confirm_email", institution, by=by, reason=reason)
    institution.refresh_from_db()
    return institution


# -- mails that do not arrive -----------------------------------------------------------------------
def lost_mails(institution: Institution):
    """Return the mails to the institution, to its people of now and by its links that did not arrive."""
    people = institution.memberships.filter(valid_to=None).values("user")
    links = ReferralLink.objects.filter(referral__receiver=institution).values("pk")
    return Message.objects.undelivered().filter(
        Q(recipient_type=INSTITUTION, recipient_id=institution.pk)
        | Q(recipient_type=USER, recipient_id__in=people)
        | Q(recipient_type=LINK, recipient_id__in=links)
    )


def with_lost_mail(institutions):
    """Narrow to the institutions to which, or to whose people, a mail did not arrive. The centre's own is its own."""
    lost = Message.objects.undelivered().order_by()
    people = Membership.objects.filter(valid_to=None, user__in=lost.filter(recipient_type=USER).values("recipient_id"))
    links = ReferralLink.objects.filter(pk__in=lost.filter(recipient_type=LINK).values("recipient_id"))
    return institutions.filter(
        Q(pk__in=lost.filter(recipient_type=INSTITUTION).values("recipient_id"))
        | Q(pk__in=people.values("institution"))
        | Q(pk__in=links.values("referral__receiver")),
        is_centre=False,
    )


@transaction.atomic
def resend_to_institution(institution: Institution, *, by: User, now: datetime) -> Institution:
    """Send again, to the addresses known now, what did not arrive; a link is made anew for its address."""
    require(by, CHANGE, institution)
    for row in lost_mails(institution):
        if row.recipient_type == LINK:
            referral = Referral.objects.select_related("receiver").get(link=row.recipient_id)
            new_link(referral, on=timezone.localdate(now))
        send_again(row, by=by, now=now)
    return institution


@transaction.atomic
def see_to_institution(institution: Institution, *, by: User, now: datetime) -> Institution:
    """Put aside what did not arrive: the institution was called, and knows."""
    require(by, CHANGE, institution)
    for row in lost_mails(institution):
        see_to(row, by=by, now=now)
    return institution
