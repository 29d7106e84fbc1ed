"""Complaints and suggestions (KPA art. 221 to 256): from anybody, with a month, kept from whom they are about."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cus_portal.crypto import EncryptedTextField
from cus_portal.db import Workflowed

SORT, ANSWER = "residents.pass_complaint_on", "residents.answer_complaint"


def is_left_to_others(user):
    """Tell whether there is somebody else in office for what this user should rather not see.

    For the director it is an organiser, for an organiser the director. Without them what nobody else would see is
    seen all the same, so that it goes on to the council or to the proper body.
    """
    answers = [ANSWER in held for held in user.colleagues_permissions if SORT in held]
    return not all(answers) if user.granted(ANSWER) else any(answers)


class ComplaintQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Nobody sees a complaint about himself. One about the director goes on unread by her to the council.

        Until the director has said which worker one is about, nobody else may look: it may be he. Until the organiser
        has said what one about "something else" is about, the director may not: it may be she.
        """
        if not user.has_perm("residents.view_complaint"):
            return self.none()
        complaints = Q(kind=Complaint.Kind.COMPLAINT)
        rows = self.exclude(complaints, about_worker=user.pk)
        if not is_left_to_others(user):
            return rows
        if user.granted(ANSWER):
            unsorted = Q(about=Complaint.About.OTHER) & ~Q(status__in=Complaint.BEGUN)
            return rows.exclude(complaints & (Q(about=Complaint.About.DIRECTOR) | unsorted))
        return rows.exclude(complaints, about__in=Complaint.ABOUT_SOMEBODY, about_worker=None)

    def open(self):
        return self.filter(status__in=Complaint.OPEN)

    def late(self, on):
        return self.open().filter(due_on__lt=on)


class Complaint(Workflowed):
    """One complaint, suggestion or word of thanks, as filed, and what came of it."""

    class Kind(models.TextChoices):
        COMPLAINT = "complaint", _("complaint")
        SUGGESTION = "suggestion", _("suggestion")
        PRAISE = "praise", _("thanks")

    class Status(models.TextChoices):
        RECEIVED = "received", pgettext_lazy("complaint", "received")
        IN_REVIEW = "in_review", pgettext_lazy("complaint", "being examined")
        ANSWERED = "answered", pgettext_lazy("complaint", "answered")
        PASSED_ON = "passed_on", pgettext_lazy("complaint", "passed on to the proper body")
        LEFT = "left", pgettext_lazy("complaint", "left without examination")
        WITHDRAWN = "withdrawn", pgettext_lazy("complaint", "withdrawn")

    OPEN = (Status.RECEIVED, Status.IN_REVIEW)
    BEGUN = (Status.IN_REVIEW, Status.ANSWERED)  # the director has it in hand

    class About(models.TextChoices):
        WORKER = "worker", _("a worker of the centre")
        ORGANISER = "organiser", _("the organiser of social services, who leads the desk")
        DIRECTOR = "director", _("the director of the centre")
        SERVICE = "service", _("a service, or how it is given")
        PARTNER = "partner", _("somebody who gives a service for the centre")
        OFFICE = "office", _("how the centre works as a whole")
        OTHER = "other", _("something else")

    ABOUT_SOMEBODY = (About.WORKER, About.ORGANISER)  # the director says who it is

    class Channel(models.TextChoices):
        PORTAL = "portal", _("portal")
        SPOKEN = "spoken", _("spoken, taken down by a worker")
        PAPER = "paper", _("on paper")
        EMAIL = "email", _("e-mail")

    class Result(models.TextChoices):
        FOUNDED = "founded", _("well founded")
        PARTLY = "partly", _("partly founded")
        UNFOUNDED = "unfounded", _("not founded")

    class LeftBecause(models.TextChoices):
        UNNAMED = "unnamed", _("without name or address (§ 8 ust. 1 of the regulation of 8 January 2002)")
        UNCLEAR = "unclear", _("still unclear seven days after a call to explain (§ 8 ust. 2)")
        REPEATED = "repeated", _("the same again, nothing new: the former answer stands (KPA art. 239)")
        PENDING = "pending", _("part of a matter that is being decided: it goes to its files (KPA art. 234)")

    reference = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    access_code = EncryptedTextField(_("code"), editable=False)
    submit_token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.COMPLAINT)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.RECEIVED, editable=False)
    channel = models.CharField(_("how it came"), max_length=10, choices=Channel, default=Channel.PORTAL)
    received_on = models.DateField(_("received on"))
    due_raw_on = models.DateField(_("answer due, as counted"), editable=False)
    due_on = models.DateField(_("answer due"), editable=False)
    about = models.CharField(_("about"), max_length=10, choices=About, default=About.OTHER)
    about_words = models.CharField(_("whom or what it is about"), max_length=200, blank=True)
    about_worker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("the worker it is about"),
    )
    text = models.TextField(_("what happened"), max_length=4000)
    name = models.CharField(_("who complains"), max_length=160, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=5, default="pl")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("taken by"),
    )
    extended_on = models.DateField(_("told of the delay on"), null=True, editable=False)
    extension_reason = models.TextField(_("why it takes longer"), max_length=1000, blank=True, editable=False)
    result = models.CharField(_("result"), max_length=10, choices=Result, blank=True, editable=False)
    answer = models.TextField(_("answer"), max_length=8000, blank=True, editable=False)
    grounds = models.TextField(_("grounds in fact and in law"), max_length=8000, blank=True, editable=False)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("answered by"),
    )
    passed_to = models.CharField(_("passed on to"), max_length=200, blank=True, editable=False)
    left_because = models.CharField(
        _("why not examined"), max_length=10, choices=LeftBecause, blank=True, editable=False
    )
    ended_on = models.DateField(_("ended on"), null=True, editable=False)

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        verbose_name = _("complaint or suggestion")
        verbose_name_plural = _("complaints and suggestions")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="an_ended_complaint_knows_when",
                condition=Q(status__in=["received", "in_review"], ended_on=None)
                | (
                    ~Q(status__in=["received", "in_review"]) & Q(ended_on__isnull=False, ended_on__gte=F("received_on"))
                ),
            ),
            models.CheckConstraint(
                name="a_complaint_found_baseless_has_its_grounds",
                condition=~Q(result="unfounded") | ~Q(grounds=""),
            ),
            models.CheckConstraint(
                name="a_complaint_passed_on_says_to_whom", condition=~Q(status="passed_on") | ~Q(passed_to="")
            ),
            models.CheckConstraint(name="a_complaint_left_says_why", condition=~Q(status="left") | ~Q(left_because="")),
            models.CheckConstraint(
                name="a_complaint_that_takes_longer_says_why",
                condition=Q(extended_on=None, extension_reason="")
                | (Q(extended_on__isnull=False) & ~Q(extension_reason="")),
            ),
            models.CheckConstraint(
                name="a_complaint_about_the_director_is_not_answered_here",
                condition=~(Q(about="director", kind="complaint") & Q(status__in=["in_review", "answered"])),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on", "id"],
                condition=Q(status__in=["received", "in_review"]),
                name="open_complaints_by_due",
            )
        ]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        return reverse("admin:residents_complaint_change", args=[self.pk])

    @property
    def is_open(self):
        return self.status in self.OPEN

    @property
    def is_about_the_director(self):
        return self.kind == self.Kind.COMPLAINT and self.about == self.About.DIRECTOR

    @property
    def is_about_somebody_unsaid(self):
        is_about_somebody = self.kind == self.Kind.COMPLAINT and self.about in self.ABOUT_SOMEBODY
        return is_about_somebody and self.about_worker_id is None

    @property
    def is_unsorted(self):
        """Tell whether it may be about the director for all that anybody has said: she does not see it until then."""
        return self.kind == self.Kind.COMPLAINT and self.about == self.About.OTHER and self.status not in self.BEGUN

    @property
    def notification_email(self):
        return self.email

    @property
    def notification_language(self):
        return self.language
