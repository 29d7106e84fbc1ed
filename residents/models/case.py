"""The case that begins when needs are taken on, and goes on as another one when it is reopened."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cus_portal.db import Workflowed
from residents.models.numbers import case_sign_in
from residents.models.person import Resident
from residents.models.restricted import GuardedQuerySet, in_reach_of
from residents.models.team import teams_of


class CaseQuerySet(GuardedQuerySet):
    def open(self):
        return self.filter(status=Case.Status.OPEN)

    def awaiting_plan(self):
        """Return the open cases whose first plan is still to come: their 30 days run."""
        return self.open().filter(plan_approved_on=None)

    def search(self, text):
        """Find by the whole case sign, or by what is known of the resident."""
        if sign := case_sign_in(text):
            return self.filter(case_sign=sign)
        return self.filter(resident__in=Resident.objects.search(text).values("pk"))

    def visible_to(self, user):
        """A worker sees the cases he coordinates or is on the team of; director and organiser all of the centre's."""
        return self.filter(seen_by(user)) if user.has_perm("residents.view_case") else self.none()


def seen_by(user, path="") -> Q:
    """Return which cases a user sees who may see any, for what hangs by `path` on a case."""
    within = in_reach_of(user, path)
    if user.has_perm("residents.view_every_case"):
        return within
    mine = Q(**{f"{path}coordinator": user.pk})
    if teams := teams_of(user):
        mine |= Q(**{f"{path}pk__in": teams})
    return within & mine


class OfCaseQuerySet(models.QuerySet):
    """Rows with a column `case`."""

    def of_open_cases(self, user):
        """Return what belongs to the open cases that the user sees, in one join with them."""
        if not user.has_perm("residents.view_case"):
            return self.none()
        return self.filter(seen_by(user, "case__"), case__status=Case.Status.OPEN)


@pghistory.track()
class Case(Workflowed):
    """A case (sprawa) of one resident, with its sign and the 30 days for the plan."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    class CloseReason(models.TextChoices):
        GOAL_REACHED = "goal_reached", _("goal reached")
        RESIGNED = "resigned", _("the person resigned")
        MOVED = "moved", _("moved away")
        DIED = "died", _("died")
        NO_CONTACT = "no_contact", _("no contact")
        OTHER = "other", _("other")

    class ReopenReason(models.TextChoices):
        SAME_NEED = "same_need", _("the need came back")
        NEW_FACTS = "new_facts", _("something new came to light")
        RETURNED = "returned", _("the person came back")
        MISTAKE = "mistake", _("closed by mistake")
        OTHER = "other", _("other")

    case_sign = models.CharField(_("case sign"), max_length=40, unique=True, editable=False)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.OPEN, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="cases", verbose_name=_("resident"))
    coordinator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("coordinator")
    )
    coordinator_is_named = models.BooleanField(_("the person is told who leads the case"), default=False)
    opened_on = models.DateField(_("opened on"))
    plan_due_on = models.DateField(_("plan due"), help_text=_("30 days from the request, as counted."))
    plan_due_moved_on = models.DateField(
        _("plan due on a working day"), help_text=_("The same term moved off Saturdays and days off.")
    )
    plan_approved_on = models.DateField(_("first plan approved on"), null=True, editable=False)
    closed_on = models.DateField(_("closed on"), null=True, editable=False)
    close_reason = models.CharField(_("why closed"), max_length=20, choices=CloseReason, blank=True, editable=False)
    closing_summary = models.TextField(_("course and results"), blank=True, editable=False)
    follows = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="followed_by",
        verbose_name=_("goes on from the case"),
    )
    reopen_reason = models.CharField(_("why reopened"), max_length=12, choices=ReopenReason, blank=True, editable=False)
    reopen_note = models.TextField(_("about the reopening"), blank=True, editable=False)
    restricted_file = models.ForeignKey(
        "residents.RestrictedFile",
        models.PROTECT,
        null=True,
        editable=False,
        db_index=False,
        related_name="cases",
        verbose_name=_("restricted file"),
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering = ["plan_due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open", closed_on=None, close_reason="")
                | (Q(status="closed", closed_on__isnull=False) & ~Q(close_reason="")),
                name="a_closed_case_knows_when_and_why",
            ),
            models.CheckConstraint(
                condition=Q(follows=None, reopen_reason="") | (Q(follows__isnull=False) & ~Q(reopen_reason="")),
                name="a_reopened_case_knows_why",
            ),
            models.CheckConstraint(
                condition=Q(plan_due_moved_on__gte=F("plan_due_on")), name="a_term_moves_forward_only"
            ),
        ]
        indexes = [
            models.Index(
                fields=["coordinator", "plan_due_on", "id"],
                include=["resident", "restricted_file", "opened_on", "plan_approved_on", "plan_due_moved_on"],
                condition=Q(status="open"),
                name="open_cases_of_coordinator",
            ),
            models.Index(fields=["plan_due_on", "id"], condition=Q(status="open"), name="open_cases_by_plan_due"),
            models.Index(fields=["plan_due_on", "id"], name="cases_by_plan_due"),
            models.Index(
                fields=["restricted_file"], condition=Q(restricted_file__isnull=False), name="restricted_cases"
            ),
            models.Index(fields=["coordinator", "plan_due_on", "id"], name="cases_of_coordinator"),
        ]

    def __str__(self):
        return self.case_sign

    def get_absolute_url(self):
        return reverse("admin:residents_case_change", args=[self.pk])

    def with_earlier(self) -> list[int]:
        """Return the numbers of this case and of those it goes on from, newest first."""
        chain, earlier = [self.pk], self.follows_id
        while earlier:
            chain.append(earlier)
            earlier = Case.objects.filter(pk=earlier).values_list("follows", flat=True).first()
        return chain
