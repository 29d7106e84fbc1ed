"""What a plan may begin with in a life situation: texts and items, copied into the plan and never linked to it."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models.amount import Amount


class PlanTemplateQuerySet(models.QuerySet):
    def in_force(self, on):
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=on), valid_from__lte=on)

    def visible_to(self, user):
        return self if user.has_perm("coordination.view_plantemplate") else self.none()


class PlanTemplate(models.Model):
    """One version of a template: it holds from a day to a day, and what holds already is followed, not rewritten."""

    code = models.SlugField(_("code"), max_length=40, help_text=_("The same for all versions of a template."))
    name = models.CharField(_("life situation"), max_length=120)
    needs = models.TextField(_("recognised needs"), max_length=4000)
    goals = models.TextField(_("goals"), max_length=4000)
    person_duties = models.TextField(_("what the person does"), max_length=4000, blank=True)
    centre_duties = models.TextField(_("what the centre does"), max_length=4000, blank=True)
    monitoring = models.TextField(_("how and when we check how it goes"), max_length=4000, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = PlanTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan template")
        verbose_name_plural = _("plan templates")
        ordering = ["name", "-valid_from", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "valid_from"],
                name="a_version_of_a_template_begins_once_on_a_day",
                violation_error_code="valid_from",
                violation_error_message=_("Another version of this template begins on that day."),
            ),
            models.CheckConstraint(
                name="a_plan_template_ends_after_it_begins",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                violation_error_code="valid_to",
                violation_error_message=_("The last day comes before the first."),
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("admin:coordination_plantemplate_change", args=[self.pk])


class PlanTemplateItem(Amount):
    """One service or supporting action that the template proposes."""

    template = models.ForeignKey(PlanTemplate, models.CASCADE, related_name="items", verbose_name=_("plan template"))
    position = models.PositiveSmallIntegerField(_("no."), default=1)
    goal = models.CharField(_("goal"), max_length=200)
    service = models.ForeignKey(
        "services.Service", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("service")
    )
    action = models.CharField(
        _("supporting action"),
        max_length=200,
        blank=True,
        help_text=_("For what is no service: a neighbour, a volunteer."),
    )

    class Meta:
        verbose_name = _("item of a plan template")
        verbose_name_plural = _("items of a plan template")
        ordering = ["template", "position", "pk"]
        constraints = [
            *Amount.Meta.constraints,
            models.CheckConstraint(
                name="an_item_of_a_template_is_a_service_or_an_action",
                condition=Q(service__isnull=False, action="") | (Q(service=None) & ~Q(action="")),
                violation_error_message=_("Choose a service, or write what else is done: one of the two."),
            ),
        ]

    def __str__(self):
        return self.service.plain_name if self.service_id else self.action
