"""What an entry of the catalogue consists of besides its own columns: texts, steps, documents, contacts, ways in."""

import mimetypes

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cus_portal.files import private_path, private_storage, shown_name

LANGUAGES = [("uk", _("Ukrainian")), ("en", _("English"))]


class Certificate(models.TextChoices):
    """Papers on which a service may depend; the closed list of the check "Is it for me?"."""

    SEVERE = "severe", _("certificate of a severe degree of disability")
    MODERATE = "moderate", _("certificate of a moderate degree of disability")
    LIGHT = "light", _("certificate of a light degree of disability")
    CHILD = "child", _("disability certificate of a child")
    CHILD_7_8 = "child_7_8", _("disability certificate of a child with points 7 and 8")
    REFERRAL = "referral", _("doctor's referral")
    MEDICAL = "medical", _("doctor's certificate")
    OPINION = "opinion", _("opinion of a counselling centre or specialist")
    COURT = "court", _("court's ruling")


class ServiceText(models.Model):
    """The texts of a service in another language than Polish. What is empty is shown in Polish, and says so."""

    service = models.ForeignKey("services.Service", models.CASCADE, related_name="texts", verbose_name=_("service"))
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES)
    plain_name = models.CharField(_("name in plain words"), max_length=120)
    summary = models.CharField(_("one sentence"), max_length=240, blank=True)
    description = models.TextField(_("description in plain words"), blank=True)
    for_whom = models.CharField(_("for whom, in words"), max_length=240, blank=True)
    certificate = models.CharField(_("certificate needed"), max_length=240, blank=True)
    direct_entry_note = models.CharField(_("where to go directly"), max_length=240, blank=True)
    otherwise = models.CharField(_("what else, for whom it is not"), max_length=240, blank=True)

    class Meta:
        verbose_name = _("text in another language")
        verbose_name_plural = _("texts in other languages")
        ordering = ["service", "-language"]
        constraints = [
            models.UniqueConstraint(fields=["service", "language"], name="a_service_has_one_text_a_language")
        ]

    def __str__(self):
        return self.get_language_display()


class FormTemplateQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Empty forms are public."""
        return self


class FormTemplate(models.Model):
    """An empty form that people download, fill in and bring."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=160)
    file = models.FileField(_("file"), upload_to=private_path, storage=private_storage, max_length=200)
    content_type = models.CharField(_("kind"), max_length=80, editable=False)
    size = models.PositiveIntegerField(_("size in bytes"), editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    updated_on = models.DateField(_("version of"))

    objects = FormTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("form to download")
        verbose_name_plural = _("forms to download")
        ordering = ["name", "pk"]

    def __str__(self):
        return self.name

    @property
    def file_name(self):
        """The name under which it is downloaded."""
        return shown_name(self.name) + (mimetypes.guess_extension(self.content_type) or "")


class RequiredDocument(models.Model):
    """What a person brings for a service, with an empty form to download where there is one."""

    service = models.ForeignKey("services.Service", models.CASCADE, related_name="documents", verbose_name=_("service"))
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("document"), max_length=200)
    name_uk = models.CharField(_("document in Ukrainian"), max_length=200, blank=True)
    name_en = models.CharField(_("document in English"), max_length=200, blank=True)
    is_required = models.BooleanField(_("required"), default=True)
    where_from = models.CharField(_("where one gets it"), max_length=200, blank=True)
    form = models.ForeignKey(
        "services.FormTemplate",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="documents",
        verbose_name=_("form to download"),
    )

    class Meta:
        verbose_name = _("required document")
        verbose_name_plural = _("required documents")
        ordering = ["service", "position"]
        constraints = [models.UniqueConstraint(fields=["service", "position"], name="a_document_has_its_own_position")]

    def __str__(self):
        return self.name


class ServiceStep(models.Model):
    """One step of the way through a service, in plain words."""

    service = models.ForeignKey("services.Service", models.CASCADE, related_name="steps", verbose_name=_("service"))
    position = models.PositiveSmallIntegerField(_("position"))
    title = models.CharField(_("what happens"), max_length=100)
    text = models.CharField(_("in a few words"), max_length=240, blank=True)
    title_uk = models.CharField(_("what happens, in Ukrainian"), max_length=100, blank=True)
    text_uk = models.CharField(_("in a few words, in Ukrainian"), max_length=240, blank=True)
    title_en = models.CharField(_("what happens, in English"), max_length=100, blank=True)
    text_en = models.CharField(_("in a few words, in English"), max_length=240, blank=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["service", "position"]
        constraints = [models.UniqueConstraint(fields=["service", "position"], name="a_step_has_its_own_position")]

    def __str__(self):
        return self.title


class ServiceContact(models.Model):
    """Whom to call or write to about a service: a desk or a function rather than a person's name."""

    service = models.ForeignKey("services.Service", models.CASCADE, related_name="contacts", verbose_name=_("service"))
    position = models.PositiveSmallIntegerField(_("position"))
    label = models.CharField(_("who"), max_length=120)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    note = models.CharField(_("when to call"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["service", "position"]
        constraints = [
            models.UniqueConstraint(fields=["service", "position"], name="a_contact_has_its_own_position"),
            models.CheckConstraint(
                name="a_contact_can_be_reached",
                condition=~Q(phone="", email=""),
                violation_error_message=_("Give a phone number or an e-mail address."),
            ),
        ]

    def __str__(self):
        return self.label


class EligibilityRule(models.Model):
    """One way into a service: whoever fits any of them may ask for it. A service without one is for everybody.

    Never income: access needs no income test.
    """

    service = models.ForeignKey(
        "services.Service", models.CASCADE, related_name="eligibility", verbose_name=_("service")
    )
    position = models.PositiveSmallIntegerField(_("position"))
    label = models.CharField(_("who it is for"), max_length=160)
    label_uk = models.CharField(_("who it is for, in Ukrainian"), max_length=160, blank=True)
    label_en = models.CharField(_("who it is for, in English"), max_length=160, blank=True)
    programme = models.ForeignKey(
        "services.Programme",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("only in the programme"),
        help_text=_("None chosen: in every programme of this service."),
    )
    age_from = models.PositiveSmallIntegerField(_("age from"), null=True, blank=True)
    age_to = models.PositiveSmallIntegerField(_("age to"), null=True, blank=True)
    certificates = ArrayField(
        models.CharField(max_length=12, choices=Certificate),
        default=list,
        blank=True,
        verbose_name=_("one of these certificates"),
    )
    question = models.CharField(
        _("question that must be answered yes"),
        max_length=160,
        blank=True,
        help_text=_("Plain words, answered yes or no. Never about income."),
    )
    question_uk = models.CharField(_("question in Ukrainian"), max_length=160, blank=True)
    question_en = models.CharField(_("question in English"), max_length=160, blank=True)

    class Meta:
        verbose_name = _("way in")
        verbose_name_plural = _("for whom: ways in")
        ordering = ["service", "position"]
        constraints = [
            models.UniqueConstraint(fields=["service", "position"], name="a_way_in_has_its_own_position"),
            models.CheckConstraint(
                name="an_age_range_is_in_order",
                condition=Q(age_from=None) | Q(age_to=None) | Q(age_to__gte=F("age_from")),
                violation_error_code="age_to",
                violation_error_message=_("The upper age must not be lower than the lower age."),
            ),
        ]

    def __str__(self):
        return self.label
