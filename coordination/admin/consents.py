"""Consents: what may go to whom and until when; given anew; taken back, and what is to be done after that."""

from django.contrib import admin
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from coordination.forms_consents import RenewConsentForm, SeeToConsentForm, WithdrawConsentForm
from coordination.models import Referral
from cus_portal.admin import Move
from cus_portal.templatetags.portal import tag
from residents.actions.consents import renew_consent, see_to_consent, withdraw_consent
from residents.admin.base import DeskAdmin, OneOf
from residents.models import Consent

TO_SEE_TO = "to_see_to"


class StateFilter(OneOf):
    title = gettext_lazy("state")
    parameter_name = "state"
    words = (
        (TO_SEE_TO, gettext_lazy("withdrawn, to see to")),
        ("in_force", gettext_lazy("in force")),
        ("withdrawn", pgettext_lazy("consent", "withdrawn")),
    )

    def queryset(self, request, queryset):
        found = {
            TO_SEE_TO: queryset.to_see_to,
            "in_force": lambda: queryset.in_force(timezone.localdate()),
            "withdrawn": queryset.withdrawn,
        }
        return found.get(self.value(), queryset.all)()


def state_of(consent, on):
    """Return the colour and the words of a consent on a day."""
    if consent.withdrawn_at and not consent.seen_to_at:
        return "late", _("withdrawn, to see to")
    if consent.withdrawn_at:
        return "plain", pgettext("consent", "withdrawn")
    if not consent.is_in_force(on):
        return "plain", _("not in force")
    if consent.valid_until is None:
        return "ok", _("in force until it is withdrawn")
    return "ok", _("in force until %(day)s") % {"day": date_format(consent.valid_until, "j E Y")}


def words_of_renewal(renewal):
    words = _("%(day)s, %(form)s, taken by %(who)s. Until then it had been valid until %(until)s.")
    days = {"day": renewal.given_on, "until": renewal.former_until}
    shown = {name: date_format(day, "j E Y") for name, day in days.items()}
    return words % (shown | {"form": renewal.get_form_display(), "who": renewal.taken_by})


@admin.register(Consent)
class ConsentAdmin(DeskAdmin):
    desk_position = 46
    detail_template = "admin/coordination/consent.html"
    list_display = ["receiver", "request", "given_on", "until", "state"]
    list_filter = [StateFilter]
    ordering = ["-given_on", "-pk"]
    empty_title = gettext_lazy("No consent here")
    empty_text = gettext_lazy("A consent is recorded with a referral, or when a need is passed on.")
    moves = (
        Move(
            "renew",
            renew_consent,
            RenewConsentForm,
            label=gettext_lazy("The person gives it anew"),
            permission="residents.see_to_consent",
            when=lambda consent: consent.withdrawn_at is None and consent.valid_until is not None,
            done=gettext_lazy(
                "It is written down, and what rests on the consent goes on. If the institution could not open the data"
                " meanwhile, tell it that it can now."
            ),
        ),
        Move(
            "withdraw",
            withdraw_consent,
            WithdrawConsentForm,
            label=gettext_lazy("The person withdraws it"),
            permission="residents.withdraw_consent",
            danger=True,
            when=lambda consent: consent.withdrawn_at is None,
            done=gettext_lazy("The consent is withdrawn. What rested on it has stopped, and the receiver is told."),
        ),
        Move(
            "see_to",
            see_to_consent,
            SeeToConsentForm,
            label=gettext_lazy("Write what changes"),
            permission="residents.see_to_consent",
            when=lambda consent: consent.withdrawn_at is not None and consent.seen_to_at is None,
            done=gettext_lazy("It is written down."),
        ),
    )
    past = {
        "add": gettext_lazy("A consent was recorded"),
        "renew": gettext_lazy("The person gave the consent anew"),
        "withdraw": gettext_lazy("The person withdrew the consent"),
        "see_to": gettext_lazy("What changes was written down"),
        "receiver_taken_over": gettext_lazy("Another institution took the receiver over and has the consent now"),
    }

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("receiver", "request__case", "clause", "taken_by")

    @admin.display(description=gettext_lazy("until"))
    def until(self, obj):
        return obj.valid_until or "–"

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj):
        return tag(*state_of(obj, timezone.localdate()))

    def move_facts(self, obj, move):
        """Show before it happens what stops with the consent."""
        resting = Referral.objects.open().filter(consent=obj, statute="").order_by("pk")
        # A protected one beside others, be they over, is not named: whoever sees these need not know of it.
        secret = Q(confidentiality=Referral.Confidentiality.PROTECTED)
        if Referral.objects.filter(consent=obj).exclude(secret).exists():
            resting = resting.exclude(secret)
        stopping = ", ".join(resting.values_list("number", flat=True)) if move.name == "withdraw" else ""
        return [
            (_("Who receives the data"), obj.receiver.name),
            (_("Which data"), obj.data_scope),
            (_("What for"), obj.what_for),
            (_("Last day so far"), obj.valid_until if move.name == "renew" else ""),
            (_("Referrals that stop"), stopping),
        ]

    def detail_context(self, request, obj):
        kind, words = state_of(obj, timezone.localdate())
        rows = Referral.objects.visible_to(request.user).filter(consent=obj).select_related("receiver").order_by("pk")
        return {
            "words": words,
            "kind": kind,
            "facts": [
                (_("Who receives the data"), obj.receiver.name),
                (_("Which data"), obj.data_scope),
                (_("What for"), obj.what_for),
                (_("How it was given"), obj.get_form_display()),
                (_("Given on"), obj.given_on),
                (_("Taken by"), obj.taken_by),
                (_("Information clause of that day"), obj.clause),
                *((_("Given anew"), words_of_renewal(one)) for one in obj.renewals.select_related("taken_by")),
                (_("Valid until"), obj.valid_until or _("it is withdrawn")),
                (_("Withdrawn"), obj.withdrawn_at),
                (_("How it was withdrawn"), obj.get_withdrawal_form_display()),
                (_("What changes for the person"), obj.seen_to_note),
            ],
            "case": obj.request.case if request.user.has_perm("residents.view_case", obj.request.case) else None,
            "referrals": rows,
        }

    def desk_tiles(self, request, *, on):
        waiting = Consent.objects.visible_to(request.user).to_see_to()
        return [self.tile(waiting, _("consents withdrawn, to see to"), "late", state=TO_SEE_TO)]
