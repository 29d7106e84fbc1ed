"""The register of unmet needs: lines without a person. Of a need in own words somebody says the kind."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cus_portal.admin import Move, PortalModelAdmin
from cus_portal.bulk import BulkMoves
from cus_portal.forms import PortalForm
from residents.actions import close_unmet, say_kind
from residents.models import UnmetNeed
from services.models import ServiceArea


class KindForm(PortalForm):
    mark_optional = False
    area = forms.ModelChoiceField(ServiceArea.objects.all(), label=gettext_lazy("Area of social services"))


class CloseForm(PortalForm):
    mark_optional = False
    outcome = forms.ChoiceField(
        choices=[(one.value, one.label) for one in UnmetNeed.BY_HAND],
        label=gettext_lazy("What came of it"),
        help_text=gettext_lazy("The line stays in the register with this reason. A mistake leaves the figures."),
        widget=forms.RadioSelect,
    )


CLOSE = Move(
    "close",
    close_unmet,
    form=CloseForm,
    label=gettext_lazy("Close"),
    permission="residents.close_unmetneed",
    when=lambda line: line.may_be_closed,
    done=gettext_lazy("The line is closed."),
)


@admin.register(UnmetNeed)
class UnmetNeedAdmin(BulkMoves, PortalModelAdmin):
    logs_reads = False
    desk_position = 41
    list_display = ["opened_on", "locality", "area", "service", "reason", "outcome", "closed_on"]
    list_filter = ["reason", "outcome", "area"]
    list_select_related = ["locality", "area", "service"]
    sortable_by = ()
    fields = ["opened_on", "locality", "area", "service", "reason", "outcome", "closed_on", "is_repeat", "asked_by"]
    empty_title = gettext_lazy("No need is unmet")
    empty_text = gettext_lazy("What waits, is passed on or is not given here comes here by itself, without a name.")
    moves = (
        Move(
            "kind",
            say_kind,
            form=KindForm,
            label=gettext_lazy("Say the kind"),
            permission="residents.classify_unmetneed",
            done=gettext_lazy("The kind is written down."),
        ),
        CLOSE,
    )
    bulk_moves = (CLOSE,)
    past = {"kind": gettext_lazy("the kind was said"), "close": gettext_lazy("the line was closed")}

    @admin.display(description=gettext_lazy("asked for by"))
    def asked_by(self, line):
        """Return who sent to the centre what it had to refuse; other lines came from a request or a case."""
        incoming = getattr(line, "incoming", None)
        return incoming and incoming.sender_shown

    def desk_tiles(self, request, *, on):
        if not request.user.has_perm("residents.classify_unmetneed"):
            return []
        rows = UnmetNeed.objects.visible_to(request.user).of_kind_unknown()
        return [self.tile(rows, _("unmet needs of unknown kind"), "mine", area__isnull="True")]
