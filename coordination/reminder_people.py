"""What a reminder is made of, and who may be its recipient."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise, cached_property

from coordination.colleagues import Colleagues
from cus_portal.accounts.models import Absence, User
from cus_portal.accounts.roles import Role
from residents.models import Case, TeamMember


@dataclass(frozen=True)
class Reminder:
    """One row: of what it reminds, which objects come into question, when it is due for one, and who gets it.

    `due` returns the days of an object's reminders; only the last one that has come is sent, never those it overtook.
    """

    name: str
    label: str | Promise
    candidates: Callable[[date], Iterable]
    due: Callable[[Any], Iterable[date]]
    recipients: Callable[[Any, "People"], Iterable]
    template: str = "digest"


class People:
    """Who is written to on a day; each group is read once in a run."""

    def __init__(self, on):
        self.on = on
        self._workers = {}
        self._colleagues = {}

    @cached_property
    def organisers(self):
        return list(User.objects.holding(Role.ORGANISER, on=self.on).order_by("pk"))

    @cached_property
    def directors(self):
        return list(User.objects.holding(Role.DIRECTOR, on=self.on).order_by("pk"))

    @cached_property
    def deputies(self):
        """Return, by their cases, the deputies of coordinators who are away on the day."""
        away = Absence.objects.on(self.on).values("user")
        rows = TeamMember.objects.in_force(self.on).filter(role=TeamMember.Role.DEPUTY, case__coordinator__in=away)
        found: dict[int, list[User]] = {}
        for row in rows.filter(user__is_active=True).exclude(user__in=away).select_related("user").order_by("pk"):
            found.setdefault(row.case_id, []).append(row.user)
        return found

    @cached_property
    def officers(self):
        return list(User.objects.holding(Role.DPO, on=self.on).order_by("pk"))

    @cached_property
    def administrators(self):
        return list(User.objects.filter(is_active=True, is_superuser=True).order_by("pk"))

    @cached_property
    def keepers(self):
        """Return the ids of those who may still write an entry of the catalogue."""
        roles = (Role.ORGANISER, Role.CATALOGUE_EDITOR)
        return {pk for role in roles for pk in User.objects.holding(role, on=self.on).values_list("pk", flat=True)}

    @cached_property
    def overseers(self):
        """Return who is to know of what only named people open."""
        roles = (Role.PROTECTION, Role.DIRECTOR)
        return [user for role in roles for user in User.objects.holding(role, on=self.on).order_by("pk")]

    @cached_property
    def clerks(self):
        return list(User.objects.holding(Role.CLERK, on=self.on).order_by("pk"))

    def at(self, institution):
        """Return the workers who answer for an institution; the institution's own address when there are none."""
        if institution.pk not in self._workers:
            workers = User.objects.holding(Role.INSTITUTION_WORKER, on=self.on, institution=institution)
            self._workers[institution.pk] = list(workers.order_by("pk")) or [institution]
        return self._workers[institution.pk]

    def colleagues(self, institution):
        if institution.pk not in self._colleagues:
            self._colleagues[institution.pk] = Colleagues([institution.pk], on=self.on)
        return self._colleagues[institution.pk]


def coordinator(obj, people):
    """Return who leads the case, and while he is away his deputies too."""
    case = obj if isinstance(obj, Case) else obj.case
    return [case.coordinator, *people.deputies.get(case.pk, [])]
