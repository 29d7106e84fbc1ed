"""Official letters (pisma): on paper or by e-delivery, with the day and the proof of delivery."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cus_portal.db import Workflowed
from residents.models.message import RequestMessage
from residents.models.request import ClockPause, RequestItem, RequestQuestion, ServiceRequest
from residents.models.restricted import without_shut

SILENT_AFTER = timedelta(days=30)


class LetterQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status__in=Letter.OPEN)

    def presumable(self, on):
        """Return what counts as delivered by now, though nobody took it: somebody has to write that down."""
        return self.filter(status=Letter.Status.SENT, deemed_on__lt=on)

    def silent(self, on):
        """Return what was sent a month ago, and neither a proof nor a notice has come back."""
        return self.filter(status=Letter.Status.SENT, waits_since=None, sent_on__lt=on - SILENT_AFTER)

    def decisions_to_deliver(self):
        """Return the signed decisions that nobody has received: no term to appeal runs yet."""
        return self.open().filter(kind=Letter.Kind.DECISION)

    def unanswered(self, on):
        """Return the calls whose term is over while a need is not decided, and neither answer nor file came since.

        Nor a message in the term: whoever wrote has not kept silent, and somebody reads it first.
        """
        filed = RequestItem.objects.filter(request=OuterRef("request"), status=RequestItem.Status.SUBMITTED)
        named = ClockPause.objects.filter(question=OuterRef("question"), item__status=RequestItem.Status.SUBMITTED)
        answered = RequestQuestion.objects.filter(
            request=OuterRef("request"), answered_at__date__gte=OuterRef("sent_on")
        )
        since = {"attachments__letter": None, "attachments__uploaded_at__date__gte": OuterRef("sent_on")}
        brought = ServiceRequest.objects.filter(pk=OuterRef("request"), **since)
        wrote = RequestMessage.objects.from_residents().filter(
            request=OuterRef("request"), written_at__date__range=(OuterRef("sent_on"), OuterRef("term_on"))
        )
        calls = self.filter(kind=Letter.Kind.CALL, status=Letter.Status.DELIVERED, term_on__lt=on)
        nothing_came = [~Exists(answered), ~Exists(brought), ~Exists(wrote)]
        calls = calls.filter(Exists(named) | Q(question=None) & Exists(filed))
        return calls.filter(*nothing_came, request__status__in=ServiceRequest.OPEN)

    def visible_to(self, user):
        if not user.has_perm("residents.view_letter"):
            return self.none()
        return without_shut(self, "request", ServiceRequest, user)


class Letter(Workflowed):
    """A letter from the centre about a request. Terms of law run from its delivery, never from a message or a mail."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("being written")
        SENT = "sent", _("on its way")
        DELIVERED = "delivered", _("delivered")
        RETURNED = "returned", _("came back")
        DISCARDED = "discarded", _("discarded")

    OPEN = (Status.DRAFT, Status.SENT, Status.RETURNED)

    class Kind(models.TextChoices):
        CALL = "call", _("call to complete the request (KPA art. 64)")
        NOTICE = "notice", _("notice")
        DECISION = "decision", _("decision")
        ANSWER = "answer", _("answer")
        HANDOVER = "handover", _("handover to another body")
        OTHER = "other", _("another letter")

    DROPPED = (Kind.HANDOVER, Kind.CALL)  # what nobody needs once the request is withdrawn

    class Channel(models.TextChoices):
        POST = "post", _("by post with a return receipt (ZPO)")
        EDELIVERY = "edelivery", _("e-Doręczenia")
        IN_PERSON = "in_person", _("handed over in person")
        EPUAP = "epuap", _("ePUAP, until the end of 2025")

    class How(models.TextChoices):
        RECEIVED = "received", pgettext_lazy("letter", "received")
        REFUSED = "refused", _("acceptance refused (KPA art. 47)")
        PRESUMED = "presumed", _("not collected in time, counts as delivered")

    request = models.ForeignKey(ServiceRequest, models.PROTECT, related_name="letters", verbose_name=_("request"))
    # of a call: what it asks for, and so of which needs
    question = models.ForeignKey(
        RequestQuestion,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("question to the resident"),
    )
    # what lets the data in the letter travel: asked anew when the letter leaves
    consent = models.ForeignKey(
        "residents.Consent", models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("consent")
    )
    number = models.CharField(_("number"), max_length=40, unique=True, null=True, editable=False)  # noqa: DJ001 (unique)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    recipient = models.CharField(_("to whom"), max_length=200, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"), max_length=12000)
    term_days = models.PositiveSmallIntegerField(_("days to answer"), null=True, blank=True)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, blank=True, editable=False)
    sent_on = models.DateField(_("sent on"), null=True, editable=False)
    waits_since = models.DateField(_("waits for the addressee since"), null=True, editable=False)
    deemed_on = models.DateField(_("counts as delivered on, if not collected"), null=True, editable=False)
    delivered_on = models.DateField(_("delivered on"), null=True, editable=False)
    delivered_how = models.CharField(_("how delivered"), max_length=10, choices=How, blank=True, editable=False)
    proof_number = models.CharField(_("number of the proof"), max_length=80, blank=True, editable=False)
    term_raw_on = models.DateField(_("term ends, as counted"), null=True, editable=False)
    term_on = models.DateField(_("term ends on a working day"), null=True, editable=False)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="discarded")
                | Q(status="draft", sent_on=None)
                | (
                    Q(status__in=["sent", "delivered", "returned"], sent_on__isnull=False, number__isnull=False)
                    & ~Q(channel="")
                ),
                name="a_sent_letter_has_number_day_and_channel",
            ),
            models.CheckConstraint(
                condition=(Q(status="delivered", delivered_on__isnull=False) & ~Q(delivered_how=""))
                | (~Q(status="delivered") & Q(delivered_on=None, delivered_how="")),
                name="a_delivered_letter_knows_when_and_how",
            ),
            models.CheckConstraint(
                condition=Q(delivered_on=None) | Q(sent_on__isnull=False, delivered_on__gte=models.F("sent_on")),
                name="a_letter_is_delivered_after_it_was_sent",
            ),
            models.CheckConstraint(
                condition=Q(term_on=None, term_raw_on=None)
                | Q(
                    delivered_on__isnull=False,
                    term_days__isnull=False,
                    term_on__isnull=False,
                    term_raw_on__isnull=False,
                    term_on__gte=models.F("term_raw_on"),
                ),
                name="a_term_runs_from_delivery",
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], condition=Q(status__in=["draft", "sent", "returned"]), name="open_letters"),
            models.Index(fields=["deemed_on", "id"], condition=Q(status="sent"), name="letters_on_their_way"),
        ]

    def __str__(self):
        return self.number or f"{self.request.reference} ({self.get_kind_display()})"

    def is_past_term(self, on):
        """Tell whether it is a call whose term is over, about a request still open."""
        late = self.kind == self.Kind.CALL and self.term_on is not None and self.term_on < on
        return late and self.request.is_open

    def is_about(self, item):
        """Tell whether the call asks for something that this need lacks."""
        return self.question is None or any(pause.item_id == item.pk for pause in self.question.pauses.all())

    def get_absolute_url(self):
        return reverse("admin:residents_letter_change", args=[self.pk])
