"""The tokens by which other institutions' systems reach the referrals sent to them."""

from datetime import timedelta

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.actions.partners import make_token, revoke_token
from coordination.models import PartnerToken
from cus_portal.admin import Move, PortalModelAdmin
from cus_portal.forms import PortalModelForm

LONGEST = timedelta(days=366)


class TokenForm(PortalModelForm):
    class Meta:
        model = PartnerToken
        fields = ("institution", "name", "valid_to")

    def clean_valid_to(self):
        day, today = self.cleaned_data["valid_to"], timezone.localdate()
        if not today <= day <= today + LONGEST:
            raise ValidationError(_("A token is valid for a year at most, from today on."))
        return day


@admin.register(PartnerToken)
class PartnerTokenAdmin(PortalModelAdmin):
    form = TokenForm
    addable = True
    add_label = gettext_lazy("Make a token for an institution's system")
    logs_reads = False
    list_display = ["institution", "name", "shown", "valid_to", "last_used_on", "revoked_at"]
    list_select_related = ["institution"]
    sortable_by = ()
    readonly_fields = ["shown", "made_by", "made_at", "last_used_on", "revoked_at"]
    empty_title = gettext_lazy("No system of another institution is connected")
    empty_text = gettext_lazy("Make a token when an institution wants to receive referrals in its own program.")
    moves = (
        Move(
            "revoke",
            revoke_token,
            label=gettext_lazy("Revoke the token"),
            permission="coordination.revoke_partnertoken",
            danger=True,
            when=lambda token: token.revoked_at is None,
            done=gettext_lazy("The token is revoked. It opens nothing any more."),
        ),
    )
    past = {"add": gettext_lazy("Made"), "revoke": gettext_lazy("Revoked")}

    def get_fields(self, request, obj=None):
        return ["institution", "name", "valid_to", *(self.readonly_fields if obj else [])]

    def save_model(self, request, obj, form, change):
        secret = make_token(obj, by=request.user, now=timezone.now())
        messages.warning(request, _("Copy the token now, it is not shown again: %(token)s") % {"token": secret})

    def log_addition(self, request, obj, message):
        """The action has written it down."""
