"""A few questions at the end of a service: who was asked is known, what he answered is nobody's.

An invitation says only whether it was used. An answer says of which service and month it is, and leads back to nobody:
its number is drawn by lot, so that the order of the rows tells nothing either.
"""

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from coordination.models.delivery import Provision
from coordination.models.plan import Plan, PlanItem
from services.models import Service

FEWEST = 5  # answers on one service, before anybody sees what they say
OPEN_FOR = timedelta(days=90)


class SurveyInvitationQuerySet(models.QuerySet):
    def open(self, on):
        return self.filter(used=False, asked_on__gte=on - OPEN_FOR)

    def visible_to(self, user):
        """Who was asked is seen with the plan or the service; the code opens the questions, and never the answers."""
        if not user.has_perm("coordination.view_surveyinvitation"):
            return self.none()
        plans = Plan.objects.visible_to(user).order_by().values("pk")
        given = Provision.objects.visible_to(user).order_by().values("pk")
        return self.filter(Q(item__plan__in=plans) | Q(provision__in=given))


class SurveyInvitation(models.Model):
    """That a person was asked at the end of a plan item or a service given, by a code good for one answer."""

    item = models.OneToOneField(PlanItem, models.CASCADE, null=True, related_name="survey", verbose_name=_("plan item"))
    provision = models.OneToOneField(
        Provision, models.PROTECT, null=True, related_name="survey", verbose_name=_("service given to a person")
    )
    service = models.ForeignKey(Service, models.PROTECT, related_name="+", verbose_name=_("service"))
    code = models.CharField(_("code"), max_length=11, unique=True, editable=False)
    asked_on = models.DateField(_("asked on"))
    used = models.BooleanField(_("answered"), default=False)

    objects = SurveyInvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation to say how it was")
        verbose_name_plural = _("invitations to say how it was")
        ordering = ["-asked_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="one_is_asked_about_a_plan_item_or_a_service_given",
                condition=Q(item__isnull=False, provision=None) | Q(item=None, provision__isnull=False),
            )
        ]

    def __str__(self):
        return self.code

    @property
    def about(self):
        """Return what has ended and with which the invitation is seen: the plan, or the service given."""
        return self.provision if self.item_id is None else self.item.plan


class SurveyAnswerQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the answers on services of which there are enough, so that no person stands behind them."""
        if not user.has_perm("coordination.view_surveyanswer"):
            return self.none()
        return self.telling()

    def telling(self):
        enough = self.model.objects.order_by().values("service").annotate(n=Count("pk")).filter(n__gte=FEWEST)
        return self.filter(service__in=enough.values("service"))


class SurveyAnswer(models.Model):
    """What somebody answered: of a service, in a month, by nobody."""

    class Scale(models.IntegerChoices):
        YES = 3, _("yes")
        PARTLY = 2, _("a little")
        NO = 1, _("no")

    QUESTIONS = {
        "helped": _("Did this help you?"),
        "respected": _("Were you treated with respect?"),
        "in_time": _("Did the help come when it was meant to come?"),
        "again": _("Would you tell a friend to ask for this help?"),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service = models.ForeignKey(Service, models.PROTECT, related_name="+", verbose_name=_("service"))
    month = models.DateField(_("month"))  # its first day
    helped = models.PositiveSmallIntegerField(QUESTIONS["helped"], choices=Scale, null=True, blank=True)
    respected = models.PositiveSmallIntegerField(QUESTIONS["respected"], choices=Scale, null=True, blank=True)
    in_time = models.PositiveSmallIntegerField(QUESTIONS["in_time"], choices=Scale, null=True, blank=True)
    again = models.PositiveSmallIntegerField(QUESTIONS["again"], choices=Scale, null=True, blank=True)
    words = models.TextField(_("What should be better?"), max_length=1000, blank=True)
    on_paper = models.BooleanField(_("on paper"), default=False)

    objects = SurveyAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer on how it was")
        verbose_name_plural = _("answers on how it was")
        ordering = ["-month", "id"]
        constraints = [
            models.CheckConstraint(
                name="an_answer_says_something",
                condition=Q(helped__isnull=False)
                | Q(respected__isnull=False)
                | Q(in_time__isnull=False)
                | Q(again__isnull=False)
                | ~Q(words=""),
            ),
            models.CheckConstraint(name="an_answer_knows_its_month_and_no_day", condition=Q(month__day=1)),
        ]
        indexes = [models.Index(fields=["service", "month"], name="answers_of_a_service")]

    def __str__(self):
        return f"{self.service}, {self.month:%m.%Y}"
