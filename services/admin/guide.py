"""The guided questions: each with its answers on one page, saved at once."""

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _

from cus_portal.admin import PortalModelAdmin
from services.actions import guide_changed
from services.models import GuideAnswer, GuideQuestion, circle_among


class AnswerFormSet(BaseInlineFormSet):
    def clean(self):
        """Refuse answers that would lead somebody in a circle."""
        super().clean()
        if any(self.errors):
            return
        rows = GuideAnswer.objects.exclude(question=self.instance.pk).values_list("question", "leads_to")
        steps = {}
        for question, leads_to in rows:
            steps.setdefault(question, []).append(leads_to)
        kept = [form.cleaned_data for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        steps[self.instance.pk] = [row["leads_to"].pk for row in kept if row.get("leads_to")]
        if circle_among(steps):
            raise ValidationError(
                _("These answers lead in a circle, so that nobody comes to an end. Change where one of them leads.")
            )


class AnswerInline(admin.StackedInline):
    model = GuideAnswer
    formset = AnswerFormSet
    fk_name = "question"
    extra = 0
    autocomplete_fields = ["services"]
    fields = [
        *("position", "label", "leads_to", "services", "advice"),
        *("label_uk", "advice_uk", "label_en", "advice_en"),
    ]

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("services.view_guidequestion", obj)

    def has_change_permission(self, request, obj=None):
        return request.user.has_perm("services.change_guidequestion", obj)

    has_add_permission = has_delete_permission = has_change_permission


@admin.register(GuideQuestion)
class GuideQuestionAdmin(PortalModelAdmin):
    editable = addable = True
    logs_reads = False
    add_label = _("Add a question")
    empty_title = _("The guide has no question yet")
    empty_text = _("Begin with the one that starts it, for example: what is going on?")
    inlines = [AnswerInline]
    list_display = ["text", "is_start", "is_delicate"]
    ordering = ["-is_start", "text", "pk"]
    search_fields = ["text"]
    prepopulated_fields = {"code": ["text"]}
    fieldsets = [
        (None, {"fields": ["text", "hint", "code", "is_start", "is_delicate"]}),
        (_("In other languages"), {"fields": ["text_uk", "hint_uk", "text_en", "hint_en"]}),
    ]

    def save_related(self, request, form, formsets, change):
        answers = GuideAnswer.objects.filter(question=form.instance)
        led_to = set(answers.values_list("services", flat=True))
        super().save_related(request, form, formsets, change)
        guide_changed((led_to | set(answers.values_list("services", flat=True))) - {None})
