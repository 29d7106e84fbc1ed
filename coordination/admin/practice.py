"""The room of the good-practice cards."""

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.actions.practice import publish_practice, withdraw_practice
from coordination.forms_exchange import GoodPracticeForm
from coordination.models import GoodPractice
from coordination.workflow import GOOD_PRACTICE
from cus_portal.admin import Move, PortalModelAdmin
from cus_portal.templatetags.portal import moment


@admin.register(GoodPractice)
class GoodPracticeAdmin(PortalModelAdmin):
    workflow = GOOD_PRACTICE
    editable = addable = True
    logs_reads = False
    desk_position = 55
    list_display = ["title", "status", "summary"]
    list_filter = ["status"]
    sortable_by = ()
    form = GoodPracticeForm
    fields = [*GoodPracticeForm.Meta.fields, "public_page", "versions"]
    add_label = gettext_lazy("New good-practice card")
    empty_title = gettext_lazy("No good-practice card yet")
    empty_text = gettext_lazy("Write what other centres may take over from you, and publish it.")
    moves = (
        Move("publish", publish_practice, done=gettext_lazy("The card is on the public page.")),
        Move("withdraw", withdraw_practice, done=gettext_lazy("The card is no longer shown.")),
    )
    past = {
        "publish": gettext_lazy("the card was published"),
        "withdraw": gettext_lazy("the card was taken back"),
    }

    def get_readonly_fields(self, request, obj=None):
        return ["public_page", "versions", *(["code"] if obj else [])]

    @admin.display(description=gettext_lazy("public page"))
    def public_page(self, practice):
        if practice.status != GoodPractice.Status.PUBLISHED:
            return _("not published yet")
        link = format_html('<a href="{}">{}</a>', practice.get_absolute_url(), _("Open the page"))
        if practice.versions.first().content == practice.as_content():
            return link
        return format_html("{}. {}", link, _("What is written here has changed since: publish it once more."))

    @admin.display(description=gettext_lazy("versions"))
    def versions(self, practice):
        rows = practice.versions.select_related("published_by") if practice.pk else []
        lines = [(one.number, moment(one.published_at), one.published_by) for one in rows]
        return format_html_join(" ", "<div>{}: {}, {}</div>", lines) or "–"
