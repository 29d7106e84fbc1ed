"""Who was asked how it was, with the paper to hand out; and what people answered, where enough of them did."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.actions.surveys import invitation_of, take_answer
from coordination.forms_survey import PaperForm
from coordination.models import SurveyAnswer, SurveyInvitation
from cus_portal.accounts.permissions import require
from cus_portal.admin import PortalModelAdmin, add_errors
from cus_portal.forms import posted


@admin.register(SurveyInvitation)
class SurveyInvitationAdmin(PortalModelAdmin):
    desk_position = 44
    list_display = ["case", "service", "asked_on", "used", "paper"]
    list_filter = ["used"]
    list_select_related = ["item__plan__case", "provision__case", "service"]
    sortable_by = ()
    fields = ["case", "service", "asked_on", "used", "paper"]
    readonly_fields = fields
    past = {"enter": gettext_lazy("Answers on paper were written down")}
    empty_title = gettext_lazy("Nobody has been asked yet")
    empty_text = gettext_lazy("When a service has ended, its person is asked how it was.")

    @admin.display(description=gettext_lazy("case"))
    def case(self, obj):
        return obj.about.case.case_sign

    @admin.display(description=gettext_lazy("questions on paper"))
    def paper(self, obj):
        if obj.used:
            return "–"
        return format_html('<a href="{}">PDF</a>', reverse("coordination:survey_pdf", args=[obj.pk]))


@admin.register(SurveyAnswer)
class SurveyAnswerAdmin(PortalModelAdmin):
    """What a worker could recognise is shown to nobody: fewer than five answers on a service are not listed."""

    logs_reads = False
    addable = True
    add_label = gettext_lazy("Enter answers from paper: how it was")
    desk_position = 45
    list_display = ["service", "month_shown", "helped", "respected", "in_time", "again", "words"]
    list_filter = ["service"]
    list_select_related = ["service"]
    sortable_by = ()
    fields = ["service", "month_shown", "helped", "respected", "in_time", "again", "words"]
    readonly_fields = ["month_shown"]
    empty_title = gettext_lazy("Too few answers to show")
    empty_text = gettext_lazy("Answers on a service are shown from the fifth on, so that nobody can be recognised.")

    def has_add_permission(self, request):
        return request.user.has_perm("coordination.enter_surveyanswer")

    def add_view(self, request, form_url="", extra_context=None):
        require(request.user, "coordination.enter_surveyanswer")
        now = timezone.now()
        form = PaperForm(**posted(request))
        if form.is_valid():
            said = dict(form.cleaned_data)
            invitation = invitation_of(said.pop("code").replace(" ", ""), on=timezone.localdate(now))
            if invitation is None:
                form.add_error("code", _("This code does not fit, or was used already."))
            else:
                try:
                    take_answer(invitation, on_paper=True, by=request.user, now=now, **said)
                except ValidationError as error:
                    add_errors(form, error)
                else:
                    messages.success(request, _("The answers are taken. Put the paper where nobody reads it."))
                    return redirect("admin:coordination_surveyanswer_add")
        return self.form_page(request, form, title=self.add_label)

    @admin.display(description=gettext_lazy("month"))
    def month_shown(self, obj):
        return f"{obj.month:%m.%Y}"
