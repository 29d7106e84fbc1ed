"""Who joins the care team of a case and leaves it; what of it ends with the case."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.accounts.roles import Role
from cus_portal.audit.log import record
from cus_portal.notifications.outbox import notify
from residents.models import Case, TeamMember
from residents.models.restricted import reaches

CHANGE = "residents.change_team"


@transaction.atomic
def join_team(
    case: Case,
    *,
    role: str,
    valid_from: date,
    valid_to: date | None = None,
    user: User | None = None,
    name: str = "",
    contact: str = "",
    by: User,
    now: datetime,
) -> TeamMember:
    """Take a worker of the centre into the team, who sees the case meanwhile, or note somebody else by name."""
    require(by, CHANGE, case)
    if role not in TeamMember.Role.values:
        raise ValidationError({"role": _("Choose one of the list.")})
    if (user is None) == (not name.strip()):
        raise ValidationError({"user": _("Choose a worker of the centre, or write the name of somebody else.")})
    if valid_to and valid_to < valid_from:
        raise ValidationError({"valid_to": _("Choose the first day or a later one.")})
    if role == TeamMember.Role.DEPUTY and user is None:
        raise ValidationError({"user": _("Choose a coordinator of the centre.")})
    if user is not None:
        _check_worker(case, user, role, timezone.localdate(now))
        contact = ""
    member = _add(case, user=user, name=name, contact=contact, role=role, days=(valid_from, valid_to), by=by, now=now)
    record("case.join_team", case, by=by, role=role, user=user.pk if user else None)
    if user is not None and user.pk != by.pk:
        facts = {"number": case.case_sign, "path": case.get_absolute_url()}
        key = f"joined-team:{member.pk}"
        notify(user, "joined_team", dedupe_key=key, about=case, only_while=[Case.Status.OPEN], **facts)
    return member


@transaction.atomic
def leave_team(case: Case, *, member: TeamMember, last_day: date, by: User, now: datetime) -> Case:
    """End a membership on a day; what was seen and written until then stays."""
    require(by, CHANGE, case)
    on = timezone.localdate(now)
    if last_day < max(member.valid_from, on):
        raise ValidationError({"last_day": _("Choose today or a later day.")})
    if not TeamMember.objects.not_ended(on).filter(pk=member.pk, case=case).update(valid_to=last_day):
        raise ValidationError({"member": _("This has ended already.")})
    record("case.leave_team", case, by=by, role=member.role, user=member.user_id)
    return case


@transaction.atomic
def name_coordinator(case: Case, *, named: bool, by: User, now: datetime) -> Case:
    """Say whether the person reads on the page of the request who leads the case. By himself nobody is named there."""
    require(by, CHANGE, case)
    Case.objects.filter(pk=case.pk).update(coordinator_is_named=named)
    case.coordinator_is_named = named
    record("case.name_coordinator", case, by=by, named=named)
    return case


# -- what goes on with a case --------------------------------------------------------------------------------
def end_team(case: Case, *, on: date) -> None:
    """End with the case what still lasts; who was to join later never began."""
    TeamMember.objects.filter(case=case, valid_from__gt=on).delete()
    TeamMember.objects.in_force(on).filter(case=case).update(valid_to=on)


def keep_team_at_handing_over(case: Case, *, former: User, stays_until: date | None, by: User, now: datetime) -> None:
    """Let who now leads the case leave the team, and who led it stay as a deputy for a while, where that is wished."""
    on = timezone.localdate(now)
    own = TeamMember.objects.not_ended(on).filter(case=case, user=case.coordinator_id)
    own.filter(valid_from__gte=on).delete()
    own.update(valid_to=on - timedelta(days=1))
    if stays_until is None:
        return
    if stays_until < on:
        raise ValidationError({"stays_until": _("Choose today or a later day.")})
    role = TeamMember.Role.DEPUTY
    _check_worker(case, former, role, on, field="stays_until")
    _add(case, user=former, role=role, days=(on, stays_until), by=by, now=now)


def _add(case, *, role, days, user=None, name="", contact="", by, now):
    valid_from, valid_to = days
    facts = {"name": name.strip(), "contact": contact.strip(), "added_by": by, "added_at": now}
    try:
        with transaction.atomic():
            return TeamMember.objects.create(
                case=case, user=user, role=role, valid_from=valid_from, valid_to=valid_to, **facts
            )
    except IntegrityError as error:
        if "a_worker_is_once_in_a_team_at_a_time" not in str(error):
            raise
        raise ValidationError({"user": _("This worker is in the team already.")}) from None


def _check_worker(case, user, role, on, *, field="user"):
    """A restricted file and a conflict of interest are not got round by the team; a deputy is a coordinator."""
    if user.pk == case.coordinator_id:
        raise ValidationError({field: _("This is the coordinator of the case.")})
    holders = User.objects.holding(Role.COORDINATOR, on=on).filter(pk=user.pk)
    if role == TeamMember.Role.DEPUTY and not holders.exists():
        raise ValidationError({field: _("Choose a coordinator of the centre.")})
    if not user.works_at_centre() or not user.granted("residents.view_case"):
        raise ValidationError({field: _("This worker handles no cases.")})
    if not reaches(user, case):
        raise ValidationError({field: _("This worker cannot be let into this case. Choose another.")})
