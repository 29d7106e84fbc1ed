"""What somebody asks for: the request as filed, its needs, questions, files and decisions."""

import uuid
from datetime import datetime, time, timedelta

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from cus_portal.accounts.roles import Role
from cus_portal.crypto import EncryptedTextField, blind_index
from cus_portal.db import Workflowed
from cus_portal.notifications.models import Message
from residents.models.numbers import SHORT_NUMBER, reference_in, reference_of
from residents.models.party import RequestParty
from residents.models.restricted import GuardedQuerySet, without_shut
from services.models import ProgrammeService, ServiceVersion

A_YEAR = timedelta(days=365)
LEADS_TO_A_CASE = (ProgrammeService.Regime.PROGRAMME, ProgrammeService.Regime.DECISION)

# Which mails tell of which event of residents.models.account; the receipt always goes out.
EVENT_OF = {
    "question_asked": "question",
    "reminder_question": "reminder",
    "request_news": "news",
    "help_news": "news",
    "request_settled": "news",
    "message_written": "news",
}


# Mails that only the person, or who speaks for the person, may act on.
OF_THE_PERSON = {"place_offered", "still_interested", "still_waiting"}


class RedFlag(models.TextChoices):
    """What cannot wait. The first group is ticked by whoever files; the last is found in what was written."""

    DANGER = "danger", _("somebody is being hurt or threatened")
    CHILD = "child", _("a child is not safe or nobody looks after it")
    LIFE = "life", _("somebody thinks of taking their own life")
    HEALTH = "health", _("somebody alone cannot get up or has no medicine")
    FOOD = "food", _("there is nothing to eat")
    HEATING = "heating", _("no heating, no water or no roof")
    WORDS = "words", _("words of danger in the text")


class PrivacyNoticeQuerySet(models.QuerySet):
    def current(self, on):
        """Return the version to show on the day, or None."""
        return self.filter(valid_from__lte=on).order_by("-valid_from", "-pk").first()


class PrivacyNotice(models.Model):
    """A version of the information clause (RODO art. 13). A request keeps the version that was shown."""

    version = models.CharField(_("version"), max_length=20, unique=True)
    valid_from = models.DateField(_("valid from"))
    title = models.CharField(_("title"), max_length=160)
    short = models.TextField(_("in short"))
    body = models.JSONField(_("paragraphs"))

    objects = PrivacyNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("privacy notice")
        verbose_name_plural = _("privacy notices")
        ordering = ["-valid_from", "-pk"]

    def __str__(self):
        return f"{self.title} ({self.version})"


class ServiceRequestQuerySet(GuardedQuerySet):
    def open(self):
        return self.filter(status__in=ServiceRequest.OPEN)

    def discreet(self):
        return self.filter(safe_contact=True)

    def behind(self, case):
        """Return the requests of a case and of those it goes on from."""
        return self.filter(case__in=case.with_earlier())

    def overdue(self, on):
        """Return the open requests whose answer is late; while the resident's turn lasts, nothing is late."""
        return self.filter(status__in=ServiceRequest.CENTRE_MOVES, due_on__lt=on)

    def due_by(self, on):
        """Return the open requests whose answer is late or due on the day."""
        return self.filter(status__in=ServiceRequest.CENTRE_MOVES, due_on__lte=on)

    def with_appeals(self):
        """Tell of each whether an appeal about it lies here that the board has to get (KPA art. 133)."""
        waiting = RequestItem.objects.filter(refusal__appeal__result="", refusal__appeal__forwarded_on=None)
        return self.annotate(has_appeal_to_pass_on=Exists(waiting.filter(request=OuterRef("pk"))))

    def handed_to_team_of(self, user):
        """Return what was handed to a team of which the user is one, until somebody takes it up."""
        return self.filter(team__in=[team for team in ServiceRequest.Team.values if user.has_role(team)])

    def with_undelivered_mail(self):
        """Return the requests about which a mail did not arrive, and nobody has seen to it yet."""
        undelivered = Message.objects.undelivered().filter(recipient_type=ServiceRequest._meta.label_lower)
        return self.filter(pk__in=undelivered.values("recipient_id"))

    def search(self, text):
        """Find by number, or by what is known of the people on the request."""
        if reference := reference_in(text):
            return self.filter(reference=reference)
        if SHORT_NUMBER.fullmatch(text.strip()):
            return self._of_short_number(text.strip())
        return self.filter(pk__in=RequestParty.objects.search(text).values("request"))

    def _of_short_number(self, digits):
        """Find as people say it: the number of this year or the last one, or the end of a phone or a PESEL."""
        people = list(RequestParty.objects.search(digits).values_list("request", flat=True))
        newest = ServiceRequest.objects.order_by("-pk").values_list("received_on__year", flat=True).first() or 0
        numbers = [reference_of(year, int(digits)) for year in (newest, newest - 1)]
        return self.filter(Q(pk__in=people) | Q(reference__in=numbers))

    def visible_to(self, user):
        return self.within_reach(user) if user.has_perm("residents.view_servicerequest") else self.none()


@pghistory.track(exclude=["access_code", "submit_token", "on_top", "goes_on_in"])
class ServiceRequest(Workflowed):
    """An application for qualification (wniosek o zakwalifikowanie): one filing, one or more needs."""

    class Status(models.TextChoices):
        SUBMITTED = "submitted", _("filed")
        IN_REVIEW = "in_review", _("being looked into")
        WAITING = "waiting", _("waiting for the resident")
        SETTLED = "settled", _("every need has its answer")
        WITHDRAWN = "withdrawn", _("withdrawn")

    OPEN = (Status.SUBMITTED, Status.IN_REVIEW, Status.WAITING)
    CENTRE_MOVES = (Status.SUBMITTED, Status.IN_REVIEW)

    class Channel(models.TextChoices):
        PORTAL = "portal", _("portal")
        PHONE = "phone", _("phone")
        COUNTER = "counter", _("at the counter")
        PAPER = "paper", _("on paper")
        EMAIL = "email", _("e-mail")
        REPORT = "report", _("a report by others")

    class ForWhom(models.TextChoices):
        SELF = "self", _("for myself")
        OTHER = "other", _("for another person")

    class Contact(models.TextChoices):
        PHONE = "phone", _("by phone")
        EMAIL = "email", _("by e-mail")
        POST = "post", _("by post")
        IN_PERSON = "in_person", _("I will come to the centre")

    class IfOthersAnswer(models.TextChoices):
        HANG_UP = "hang_up", _("say nothing and hang up")
        ASK = "ask", _("ask for the person by first name only")

    class Team(models.TextChoices):
        CLERK = Role.CLERK.value, _("intake")
        COORDINATOR = Role.COORDINATOR.value, _("the coordinators")
        ORGANISER = Role.ORGANISER.value, _("the organisers")

    reference = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    access_code = EncryptedTextField(_("code"), editable=False)
    # the code was made anew for whom the request is for; whoever filed no longer has one
    code_is_the_persons = models.BooleanField(_("the code is the person's own"), default=False, editable=False)
    submit_token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    status = models.CharField(_("state"), max_length=20, choices=Status, default=Status.SUBMITTED, editable=False)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    received_on = models.DateField(_("received on"))
    due_raw_on = models.DateField(_("answer due, as counted"), null=True, editable=False)
    due_on = models.DateField(_("answer due"))  # on a working day
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("taken up by")
    )
    # a team that it was handed to, until one of its people takes it up
    team = models.CharField(_("handed to"), max_length=12, choices=Team, blank=True, editable=False)
    for_whom = models.CharField(_("for whom"), max_length=10, choices=ForWhom, default=ForWhom.SELF)
    situation = models.TextField(_("situation in own words"), max_length=4000, blank=True)
    contact_by = models.CharField(_("contact"), max_length=10, choices=Contact, default=Contact.PHONE)
    contact_note = models.CharField(_("when and how to call"), max_length=200, blank=True)
    safe_contact = models.BooleanField(
        _("contact must be discreet"),
        default=False,
        help_text=_("No message is left, nobody else is told who calls, and mails are not sent."),
    )
    # what must never happen when somebody else picks up or reads along
    leave_no_message = models.BooleanField(_("leave no message"), default=False)
    if_others_answer = models.CharField(
        _("when somebody else answers"), max_length=10, choices=IfOthersAnswer, blank=True
    )
    is_urgent = models.BooleanField(_("urgent"), default=False)
    red_flags = ArrayField(
        models.CharField(max_length=10, choices=RedFlag), default=list, blank=True, verbose_name=_("danger signs")
    )
    on_top = models.GeneratedField(
        expression=Case(
            When(is_urgent=True, status__in=["submitted", "in_review", "waiting"], then=Value(True)),
            default=Value(False),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    papers_taken = models.CharField(_("papers taken in"), max_length=300, blank=True)
    language = models.CharField(_("language"), max_length=5, default="pl")
    privacy_notice = models.ForeignKey(
        PrivacyNotice, models.PROTECT, null=True, related_name="+", verbose_name=_("privacy notice shown")
    )
    resident = models.ForeignKey(
        "residents.Resident", models.PROTECT, null=True, related_name="requests", verbose_name=_("resident")
    )
    case = models.ForeignKey(
        "residents.Case", models.PROTECT, null=True, related_name="requests", verbose_name=_("case")
    )
    restricted_file = models.ForeignKey(
        "residents.RestrictedFile",
        models.PROTECT,
        null=True,
        editable=False,
        db_index=False,
        related_name="requests",
        verbose_name=_("restricted file"),
    )
    goes_on_in = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        db_index=False,
        related_name="+",
        verbose_name=_("goes on in"),
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, editable=False)

    objects = ServiceRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        ordering = ["-on_top", "due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="withdrawn", withdrawn_at__isnull=False)
                | (~Q(status="withdrawn") & Q(withdrawn_at=None)),
                name="a_withdrawn_request_knows_when",
            ),
            models.CheckConstraint(condition=Q(due_on__gte=F("received_on")), name="an_answer_is_due_after_receipt"),
            models.CheckConstraint(
                condition=Q(team="") | Q(assigned_to=None), name="a_request_is_with_a_worker_or_with_a_team"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on", "id"],
                condition=Q(status__in=["submitted", "in_review", "waiting"]),
                name="open_requests_by_due",
            ),
            models.Index(
                fields=["assigned_to", "-on_top", "due_on", "id"],
                condition=Q(status__in=["submitted", "in_review", "waiting"]),
                name="open_requests_of_a_clerk",
            ),
            models.Index(
                fields=["-on_top", "due_on", "id"],
                condition=Q(status__in=["submitted", "in_review", "waiting"]),
                name="open_requests_urgent_first",
            ),
            models.Index(
                fields=["team", "-on_top", "due_on", "id"],
                condition=Q(status__in=["submitted", "in_review", "waiting"]) & ~Q(team=""),
                name="open_requests_of_a_team",
            ),
            models.Index(fields=["-on_top", "due_on", "id"], name="requests_urgent_first"),
            models.Index(fields=["status", "-on_top", "due_on", "id"], name="requests_by_state_and_urgency"),
            models.Index(fields=["-received_on", "-id"], name="requests_by_receipt"),
            models.Index(
                fields=["restricted_file"], condition=Q(restricted_file__isnull=False), name="restricted_requests"
            ),
        ]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        return reverse("admin:residents_servicerequest_change", args=[self.pk])

    @property
    def is_open(self):
        return self.status in self.OPEN

    @property
    def needs_way_out(self):
        """Tell whether whoever follows it may have to leave the page quickly."""
        return self.safe_contact or not {RedFlag.DANGER, RedFlag.WORDS}.isdisjoint(self.red_flags)

    @property
    def notification_email(self):
        """The address for notices: of whoever filed, and none where contact must be discreet or the person has died."""
        if self.safe_contact or (self.resident_id and self.resident.died_on):
            return ""
        filer = self.parties.filter(role=RequestParty.Role.APPLICANT).first()
        return filer.email if filer else ""

    @property
    def notification_language(self):
        return self.language

    def wants_mail(self, template):
        """Tell whether a mail of this kind goes out.

        Who filed may have said no in the account of the same mailbox. Who only filed hears of no place in a queue.
        """
        filer = self.parties.filter(role=RequestParty.Role.APPLICANT).first()
        if template in OF_THE_PERSON and filer and filer.only_files and not self.code_is_the_persons:
            return False
        event = EVENT_OF.get(template)
        if event is None:
            return True
        refusing = self.joined.standing().filter(account__unwanted__contains=[event])
        return not refusing.filter(account__email_index=blind_index(self.notification_email.lower())).exists()


class RequestItemQuerySet(models.QuerySet):
    def with_public_words(self):
        """Add the names of the service as the public knows them: by language, and the official one."""
        newest = ServiceVersion.objects.newest_of("service")
        return self.annotate(
            public_names=Subquery(newest.values("card__plain_name")[:1]),
            public_name=Subquery(newest.values("page__name")[:1]),
        )

    def undecided(self):
        return self.filter(status__in=RequestItem.UNDECIDED)

    def not_begun(self, on):
        """Return what was granted in the last year and nobody has opened a case for, though its 30 days run."""
        since = timezone.make_aware(datetime.combine(on - A_YEAR, time.min))
        return self.granted_to_plan_for().filter(decided_at__gte=since, request__case=None)

    def granted_to_plan_for(self):
        """Return what was granted and is for a case to see to: not what is given at once, or by a partner's rules."""
        led = Q(programme_service=None) | Q(programme_service__regime__in=LEADS_TO_A_CASE)
        return self.filter(led, status=RequestItem.Status.QUALIFIED)

    def as_told(self):
        """Fetch what the page of each tells. What few have is asked for apart: 14 tables at once take long to plan."""
        refusal = ("refusal__proposed_by", "refusal__signed_by", "refusal__letter", "refusal__appeal")
        rows = self.select_related("request", "service", "programme_service__programme", "queue_place")
        return rows.prefetch_related("forwarded_to", "consent", "decided_by", *refusal)

    def with_clock(self):
        """Tell of each whether its clock stands: an answer about it is owed to us."""
        return self.annotate(clock_stands=Exists(ClockPause.objects.open().filter(item=OuterRef("pk"))))

    def running(self):
        """Leave out those about which an answer is owed to us."""
        return self.exclude(Exists(ClockPause.objects.open().filter(item=OuterRef("pk"))))

    def ready(self):
        """Leave out the dead, and those about which an answer is owed to us."""
        return self.running().filter(request__resident__died_on=None)

    def visible_to(self, user):
        if not user.has_perm("residents.view_requestitem"):
            return self.none()
        return without_shut(self, "request", ServiceRequest, user)


@pghistory.track()
class RequestItem(Workflowed):
    """One need of a request, with its own way: its own regime, clock, consent and state."""

    class Status(models.TextChoices):
        SUBMITTED = "submitted", _("filed")
        QUALIFIED = "qualified", _("qualified")
        WAITLISTED = "waitlisted", _("waiting for a place")
        OFFERED = "offered", _("a place is offered")
        FORWARDED = "forwarded", _("passed on with consent")
        REFUSAL_PROPOSED = "refusal_proposed", _("decision waits for the director")
        REFUSED = "refused", _("refused by decision")
        INFORMED = "informed", _("informed")
        WITHDRAWN = "withdrawn", _("withdrawn")
        UNEXAMINED = "unexamined", _("left unexamined (KPA art. 64)")
        DISCONTINUED = "discontinued", _("discontinued (KPA art. 105)")

    UNDECIDED = (Status.SUBMITTED, Status.REFUSAL_PROPOSED)
    HELD_HERE = (Status.QUALIFIED, Status.WAITLISTED, Status.OFFERED)  # a place, or one in a queue
    ASKED_ABOUT = (*UNDECIDED, Status.WAITLISTED, Status.OFFERED)  # what a question may still be about

    request = models.ForeignKey(ServiceRequest, models.CASCADE, related_name="items", verbose_name=_("request"))
    position = models.PositiveSmallIntegerField(_("no."))
    service = models.ForeignKey(
        "services.Service", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("service")
    )
    programme_service = models.ForeignKey(
        "services.ProgrammeService",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("programme row in force when it was filed"),
    )
    own_words = models.CharField(_("need in own words"), max_length=500, blank=True)
    # of a request for another: who files asks for this for himself, and only he reads what comes of it
    for_applicant = models.BooleanField(_("for who files"), default=False)
    status = models.CharField(_("state"), max_length=20, choices=Status, default=Status.SUBMITTED, editable=False)
    due_raw_on = models.DateField(_("answer due, as counted"), null=True, editable=False)
    due_on = models.DateField(_("answer due"), null=True, editable=False)  # on a working day
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("by")
    )
    # where the programme row grants by an administrative decision
    decision_number = models.CharField(_("decision number"), max_length=40, blank=True)
    decision_on = models.DateField(_("day of the decision"), null=True, blank=True)
    answer = models.TextField(_("what the resident is told"), blank=True)
    forwarded_to = models.ForeignKey(
        "accounts.Institution", models.PROTECT, null=True, related_name="+", verbose_name=_("passed on to")
    )
    consent = models.ForeignKey(
        "residents.Consent", models.PROTECT, null=True, related_name="+", verbose_name=_("consent")
    )

    objects = RequestItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("need")
        verbose_name_plural = _("needs")
        ordering = ["request", "position"]
        constraints = [
            models.UniqueConstraint(fields=["request", "position"], name="needs_are_numbered_in_a_request"),
            models.CheckConstraint(
                condition=Q(service__isnull=False) | ~Q(own_words=""), name="a_need_is_a_service_or_own_words"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["submitted", "refusal_proposed"], decided_at=None)
                | (~Q(status__in=["submitted", "refusal_proposed"]) & Q(decided_at__isnull=False)),
                name="a_decided_need_knows_when",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["submitted", "refusal_proposed"]) | Q(due_on__isnull=False),
                name="a_need_not_decided_has_its_term",
            ),
            models.CheckConstraint(
                condition=Q(decision_number="", decision_on=None)
                | (~Q(decision_number="") & Q(decision_on__isnull=False)),
                name="a_decision_that_grants_has_number_and_day",
            ),
            models.CheckConstraint(
                condition=~Q(status="forwarded") | Q(forwarded_to__isnull=False, consent__isnull=False),
                name="a_need_is_passed_on_with_consent",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(status__in=["submitted", "refusal_proposed"]), name="needs_not_decided"
            ),
            models.Index(fields=["status", "id"], name="needs_by_state"),
            models.Index(fields=["decided_at"], condition=Q(status="qualified"), name="granted_needs_by_day"),
            models.Index(
                fields=["programme_service", "created_at", "id"],
                condition=Q(status="waitlisted"),
                name="waiting_needs_in_order",
            ),
        ]

    def __str__(self):
        return self.service.name if self.service_id else Truncator(self.own_words).chars(90)

    @property
    def is_granted_by_decision(self):
        row = self.programme_service
        return row is not None and row.regime == row.Regime.DECISION

    @property
    def answer_is_due(self):
        """Tell whether its term runs. Of a settled request it was kept long ago: this waited, or is decided anew."""
        return self.status in self.UNDECIDED and self.request.is_open

    @property
    def has_no_decision(self):
        """Tell whether it is given without formalities, or by a partner's own rules: nothing to refuse by decision."""
        row = self.programme_service
        return row is not None and row.regime in (row.Regime.INFORMAL, row.Regime.PARTNER)


class RequestStatement(models.Model):
    """What was declared about one service, in the words of the version that was on the screen."""

    request = models.ForeignKey(ServiceRequest, models.CASCADE, related_name="statements", verbose_name=_("request"))
    version = models.ForeignKey(
        ServiceVersion, models.PROTECT, related_name="+", verbose_name=_("version of the service shown")
    )
    text = models.TextField(_("statement"))
    is_given = models.BooleanField(_("given"))

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering = ["request", "pk"]
        constraints = [models.UniqueConstraint(fields=["request", "version"], name="a_statement_is_once_on_a_request")]

    def __str__(self):
        return self.text[:90]


class RequestQuestionQuerySet(models.QuerySet):
    def open(self):
        return self.filter(answered_at=None)


class RequestQuestion(models.Model):
    """One thing the centre asks of the resident; from asking to answer the clocks of the needs it is about stand."""

    request = models.ForeignKey(ServiceRequest, models.CASCADE, related_name="questions", verbose_name=_("request"))
    text = models.TextField(_("question"), max_length=1000)
    asked_at = models.DateTimeField(_("asked"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    answer = models.TextField(_("answer"), max_length=4000, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True)

    objects = RequestQuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question to the resident")
        verbose_name_plural = _("questions to the resident")
        ordering = ["request", "asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=Q(answered_at=None), name="one_question_waits_at_a_time"
            )
        ]

    def __str__(self):
        return self.text[:60]


class ClockPauseQuerySet(models.QuerySet):
    def open(self):
        return self.filter(ended_on=None)


class ClockPause(models.Model):
    """An interval in which the clock of one need stood for one question, from a day to a day."""

    question = models.ForeignKey(
        RequestQuestion, models.CASCADE, related_name="pauses", verbose_name=_("question to the resident")
    )
    item = models.ForeignKey(RequestItem, models.CASCADE, related_name="pauses", verbose_name=_("need"))
    began_on = models.DateField(_("from"))
    ended_on = models.DateField(_("to"), null=True)

    objects = ClockPauseQuerySet.as_manager()

    class Meta:
        verbose_name = _("pause of the clock")
        verbose_name_plural = _("pauses of the clock")
        ordering = ["question", "item"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("began_on")), name="a_pause_ends_after_it_begins"
            ),
            models.UniqueConstraint(fields=["question", "item"], name="a_question_is_once_about_a_need"),
            models.UniqueConstraint(fields=["item"], condition=Q(ended_on=None), name="a_clock_stands_once"),
        ]

    def __str__(self):
        return f"{self.began_on} – {self.ended_on or ''}"
