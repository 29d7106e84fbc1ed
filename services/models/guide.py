"""The guided questions for those who cannot name a service: each answer leads to a question or to help."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from services.models.lists import ListQuerySet
from services.models.service import Service


class GuideQuestion(models.Model):
    """One question, with its answers. The one that starts is "What is going on?"."""

    code = models.SlugField(_("code"), max_length=60, unique=True, help_text=_("The end of the page's address."))
    text = models.CharField(_("question"), max_length=160)
    text_uk = models.CharField(_("question in Ukrainian"), max_length=160, blank=True)
    text_en = models.CharField(_("question in English"), max_length=160, blank=True)
    hint = models.CharField(_("hint under the question"), max_length=240, blank=True)
    hint_uk = models.CharField(_("hint in Ukrainian"), max_length=240, blank=True)
    hint_en = models.CharField(_("hint in English"), max_length=240, blank=True)
    is_start = models.BooleanField(_("begins the guide"), default=False)
    is_delicate = models.BooleanField(
        _("nobody near may see it"), default=False, help_text=_("The page has the button that leaves it quickly.")
    )

    objects = ListQuerySet.as_manager()

    class Meta:
        verbose_name = _("question of the guide")
        verbose_name_plural = _("questions of the guide")
        ordering = ["-is_start", "text", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_start"],
                condition=Q(is_start=True),
                name="the_guide_begins_once",
                violation_error_code="is_start",
                violation_error_message=_("The guide begins with another question. Take this mark off there first."),
            )
        ]

    def __str__(self):
        return self.text


class GuideAnswer(models.Model):
    """One answer. It leads on to a question, or ends with services; every end names a person to call."""

    code = models.CharField(_("code"), max_length=80, unique=True, editable=False, default=uuid.uuid4)
    question = models.ForeignKey(GuideQuestion, models.CASCADE, related_name="answers", verbose_name=_("question"))
    position = models.PositiveSmallIntegerField(_("position"))
    label = models.CharField(_("answer"), max_length=120)
    label_uk = models.CharField(_("answer in Ukrainian"), max_length=120, blank=True)
    label_en = models.CharField(_("answer in English"), max_length=120, blank=True)
    leads_to = models.ForeignKey(
        GuideQuestion, models.PROTECT, null=True, blank=True, related_name="reached_from", verbose_name=_("leads to")
    )
    services = models.ManyToManyField(
        Service,
        related_name="guide_answers",
        blank=True,
        verbose_name=_("services"),
        help_text=_("Shown at the end. None: only whom to call."),
    )
    advice = models.CharField(_("advice at the end"), max_length=240, blank=True)
    advice_uk = models.CharField(_("advice in Ukrainian"), max_length=240, blank=True)
    advice_en = models.CharField(_("advice in English"), max_length=240, blank=True)

    class Meta:
        verbose_name = _("answer of the guide")
        verbose_name_plural = _("answers of the guide")
        ordering = ["question", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["question", "position"],
                name="an_answer_has_its_own_position",
                violation_error_code="position",
                violation_error_message=_("Another answer has this number. Give each its own."),
            ),
            models.CheckConstraint(
                name="an_answer_does_not_lead_back_to_its_question",
                condition=Q(leads_to=None) | ~Q(leads_to=models.F("question")),
                violation_error_code="leads_to",
                violation_error_message=_("An answer cannot lead to its own question."),
            ),
        ]

    def __str__(self):
        return self.label


def circle_among(steps):
    """Return the codes of a circle in {question: questions it leads to}, or nothing: a guide must come to an end."""
    done, path = set(), []

    def visit(code):
        if code in path:
            return path[path.index(code) :]
        if code in done:
            return []
        path.append(code)
        for following in steps.get(code, ()):
            if circle := visit(following):
                return circle
        path.pop()
        done.add(code)
        return []

    return next((circle for code in steps if (circle := visit(code))), [])
