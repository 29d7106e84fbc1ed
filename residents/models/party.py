"""The people on a request: who files, on what basis, and whom it is for when that is another."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from stdnum.pl import pesel as pesel_number

from residents.models.communication import CommunicationFields
from residents.models.numbers import is_valid_pesel
from residents.models.person import PersonFields, collects_words
from residents.models.searching import PersonQuerySet, phone_end
from services.eligibility import age_on

OF_AGE = 18


class ActingFields(models.Model):
    """By what right somebody files for another, and what that person says of it. Blank where nothing was said."""

    class Document(models.TextChoices):
        BIRTH = "birth", _("birth record")
        COURT = "court", _("decision of a court")
        POWER = "power", _("power of attorney")
        ORDER = "order", _("authorisation of the institution")

    class Scope(models.TextChoices):
        EVERYTHING = "everything", _("to deal with everything in this matter")
        FILING = "filing", _("only to file this request")

    class Knows(models.TextChoices):
        AGREES = "agrees", _("knows and agrees")
        UNWILLING = "unwilling", _("knows and does not want it")
        UNAWARE = "unaware", _("does not know yet")
        UNABLE = "unable", _("cannot say")

    document = models.CharField(_("document shown"), max_length=10, choices=Document, blank=True)
    court_sign = models.CharField(_("court and its sign"), max_length=120, blank=True)
    scope = models.CharField(_("scope of the power of attorney"), max_length=10, choices=Scope, blank=True)
    acts_until = models.DateField(_("power of attorney until"), null=True, blank=True)
    institution = models.CharField(_("institution and post"), max_length=160, blank=True)
    person_knows = models.CharField(_("does the person know"), max_length=10, choices=Knows, blank=True)
    own_voice = models.TextField(_("what the person says"), max_length=1000, blank=True)

    class Meta:
        abstract = True


class RequestParty(ActingFields, CommunicationFields, PersonFields):
    """A person as written on the request: who files, and whom it is for when that is another."""

    class Role(models.TextChoices):
        APPLICANT = "applicant", _("who files")
        PERSON = "person", _("who needs help")

    class Basis(models.TextChoices):
        SELF = "self", _("the person")
        STATUTORY = "statutory", _("statutory representative")
        CARER = "carer", _("de facto carer")
        PROXY = "proxy", _("proxy")
        INSTITUTION = "institution", _("institution")
        LAW = "law", _("nobody asked: a duty by law")

    class Sight(models.TextChoices):
        ALL = "all"
        FILING = "filing"  # that it is filed, what is asked about it
        NONE = "none"  # the right has ended

    request = models.ForeignKey(
        "residents.ServiceRequest", models.CASCADE, related_name="parties", verbose_name=_("request")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role)
    basis = models.CharField(_("on what basis"), max_length=12, choices=Basis, default=Basis.SELF)
    relation = models.CharField(_("relation to the person"), max_length=80, blank=True)
    # codes of the papers that the person has: an empty list where there is none, nothing where nothing was said
    certificates = ArrayField(models.CharField(max_length=12), null=True, blank=True, verbose_name=_("papers"))
    # the questions of the services that were answered: {the question in Polish: yes or no}
    answers = models.JSONField(_("answers to the questions of the services"), default=dict, blank=True)
    # told by the person, who chose it; nothing said is a locality of None and False here
    lives_elsewhere = models.BooleanField(_("lives outside the municipality"), default=False)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person on the request")
        verbose_name_plural = _("people on the request")
        ordering = ["request", "role", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["request", "role"], name="a_role_is_once_on_a_request"),
            models.CheckConstraint(
                condition=Q(lives_elsewhere=False) | Q(locality=None), name="who_lives_elsewhere_has_no_village_here"
            ),
        ]
        indexes = [
            models.Index(fields=["search_name"], name="people_on_requests_by_name"),
            models.Index(fields=["pesel_index"], condition=~Q(pesel_index=""), name="people_on_requests_by_pesel"),
            models.Index(fields=["phone_digits"], condition=~Q(phone_digits=""), name="people_on_requests_by_phone"),
            GinIndex(OpClass("search_name", name="gin_trgm_ops"), name="people_on_requests_by_part"),
            models.Index(phone_end(), condition=~Q(phone_digits=""), name="people_on_requests_by_end"),
            GinIndex(fields=["pesel_ends"], name="people_on_requests_by_ends"),
        ]
        triggers = [collects_words()]

    def __str__(self):
        return self.get_full_name()

    def is_minor(self, on: date) -> bool:
        """Tell whether the person is known to be under 18 on the day."""
        age = self._age(on)
        return age is not None and age < OF_AGE

    def is_of_age(self, on: date) -> bool:
        """Tell whether the person is known to be 18 or older on the day."""
        age = self._age(on)
        return age is not None and age >= OF_AGE

    def _age(self, on):
        born = self.birth_date
        if born is None and self.pesel and is_valid_pesel(self.pesel):
            born = pesel_number.get_birth_date(self.pesel)
        return age_on(born, on) if born else None

    @property
    def only_files(self):
        """Whether the right of who files ends with the filing: what comes of it is told to the person."""
        return self.basis == self.Basis.INSTITUTION or (
            self.basis == self.Basis.PROXY and self.scope != self.Scope.EVERYTHING
        )

    def sight(self, person: "RequestParty | None", on: date) -> "Sight":
        """Return how much who files may see and do on the day for that person.

        Parents until the child is of age, guardians by a court without that end; a carer in what he asked for; a proxy
        within scope and time of the power of attorney, and where no scope is on record only what he filed (KPA art. 32
        and 33: a power is shown, never presumed); an institution its own filing only: the answer is the person's.
        """
        match self.basis:
            case self.Basis.PROXY if self.acts_until and self.acts_until < on:
                return self.Sight.NONE
            case _ if self.only_files:
                return self.Sight.FILING
            case self.Basis.STATUTORY if person and person.is_of_age(on) and self.document != self.Document.COURT:
                return self.Sight.NONE
            case _:
                return self.Sight.ALL
