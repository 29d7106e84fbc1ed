"""The directory of institutions: units, people, agreements, names of before, and mails that do not arrive."""

from urllib.parse import urlencode

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.actions import institutions
from coordination.admin.referral_filters import INSTITUTION, OPEN, STATE
from coordination.forms_institutions import CloseForm, ConfirmEmailForm, MergeForm, RenameForm
from coordination.models import Referral
from cus_portal.accounts.models import Contact, Institution, Unit
from cus_portal.admin import Move
from residents.admin.base import OneOf
from services.admin.institutions import ProviderAdmin

admin.site.unregister(Institution)

CHANGE = "accounts.change_institution"
MAIL_FILTER, LOST = "mail", "lost"


def is_open(institution):
    return institution.closed_on is None


def may_end(institution):
    return is_open(institution) and not institution.is_centre


class PartOfInstitution(admin.StackedInline):
    """Rows whose rights are those of the institution; what has ended gets a day and stays."""

    extra = 0

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("accounts.view_institution", obj)

    def has_change_permission(self, request, obj=None):
        return request.user.has_perm(CHANGE, obj)

    def has_add_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return False


class UnitInline(PartOfInstitution):
    model = Unit
    fields = ("name", "address", "phone", "email", "opening")


class ContactInline(PartOfInstitution):
    model = Contact
    fields = ("name", "function", "phone", "email", "valid_from", "valid_to")


class MailFilter(OneOf):
    title = gettext_lazy("mails")
    parameter_name = MAIL_FILTER
    words = ((LOST, gettext_lazy("a mail did not arrive")),)

    def queryset(self, request, queryset):
        return institutions.with_lost_mail(queryset) if self.value() == LOST else queryset


@admin.register(Institution)
class PartnerAdmin(ProviderAdmin):
    inlines = (UnitInline, ContactInline, *ProviderAdmin.inlines)
    list_display = ["name", "kind", "phone", "email", "preferred_way", "is_active"]
    list_filter = ["kind", "is_active", MailFilter]
    exclude = None
    fields = [
        *("name", "short_name", "names_before", "code", "kind", "is_active", "open_here", "mail_trouble"),
        *("preferred_way", "phone", "email", "ade", "address", "opening", "website"),
        *("nip", "regon", "krs", "note", "is_centre"),
    ]
    moves = (
        Move(
            "resend",
            institutions.resend_to_institution,
            label=gettext_lazy("Send the lost mails again"),
            permission=CHANGE,
            when=lambda institution: institutions.lost_mails(institution).exists(),
            done=gettext_lazy("They are on their way."),
        ),
        Move(
            "see_to",
            institutions.see_to_institution,
            label=gettext_lazy("It knows: put the lost mails aside"),
            permission=CHANGE,
            when=lambda institution: institutions.lost_mails(institution).exists(),
            done=gettext_lazy("They are put aside."),
        ),
        Move(
            "confirm_email",
            institutions.confirm_email,
            form=ConfirmEmailForm,
            label=gettext_lazy("The e-mail address is confirmed"),
            permission=CHANGE,
            when=lambda one: (
                is_open(one) and not one.is_centre and bool(one.email) and one.email != one.confirmed_email
            ),
            done=gettext_lazy("Protected referrals may go to this address by a link."),
        ),
        Move(
            "rename",
            institutions.rename_institution,
            form=RenameForm,
            label=gettext_lazy("Write down a new name"),
            permission=CHANGE,
            when=is_open,
            done=gettext_lazy("The institution has its new name."),
        ),
        Move(
            "merge",
            institutions.merge_institution,
            form=MergeForm,
            label=gettext_lazy("Another body takes it over"),
            permission=CHANGE,
            danger=True,
            when=may_end,
            done=gettext_lazy("Everything that was open has gone over."),
        ),
        Move(
            "close",
            institutions.close_institution,
            form=CloseForm,
            label=gettext_lazy("Close the institution"),
            permission=CHANGE,
            danger=True,
            when=lambda institution: may_end(institution) and institution.is_active,
            done=gettext_lazy("The institution is closed."),
        ),
    )
    past = {
        "confirm_email": gettext_lazy("its e-mail address was confirmed"),
        "rename": gettext_lazy("got another name; the one before"),
        "merge": gettext_lazy("was taken over"),
        "take_over": gettext_lazy("took another institution over"),
        "close": gettext_lazy("was closed"),
    }

    def get_object(self, request, object_id, from_field=None):
        """Say for whom the page is: what is open there is counted as this reader's list of it has it."""
        found = super().get_object(request, object_id, from_field)
        if found:
            found.reader = request.user
        return found

    def get_fields(self, request, obj=None):
        fields = super().get_fields(request, obj)
        lists = request.user.has_perm("coordination.view_referral")
        return fields if lists else [name for name in fields if name != "open_here"]

    def get_readonly_fields(self, request, obj=None):
        """Names change by a move, which keeps the old one; so does whether it is open."""
        shown = ["is_centre", "names_before", "open_here", "mail_trouble"]
        return [*shown, "name", "short_name", "is_active"] if obj else [*shown, "is_active"]

    def has_change_permission(self, request, obj=None):
        return (obj is None or is_open(obj)) and super().has_change_permission(request, obj)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Lead from a body that was taken over to the one that has its matters now."""
        gone = self._seen(request, object_id)
        if gone.merged_into_id and request.method == "GET":
            messages.info(request, _("%(gone)s was taken over. This is who has its matters now.") % {"gone": gone.name})
            return redirect(reverse("admin:accounts_institution_change", args=[gone.merged_into_id]))
        return super().change_view(request, object_id, form_url, extra_context)

    def move_form_kwargs(self, request, obj, move):
        kwargs = super().move_form_kwargs(request, obj, move)
        if move.name == "merge":
            kwargs["gone"] = obj
        elif move.name == "rename":
            kwargs["initial"] = {"name": obj.name, "short_name": obj.short_name}
        return kwargs

    def move_facts(self, obj, move):
        if move.name not in ("merge", "close"):
            return []
        return [(_("What is open there"), "; ".join(institutions.what_is_open_at(obj)) or _("nothing"))]

    def page_after(self, obj, move, result):
        return reverse("admin:accounts_institution_change", args=[obj.merged_into_id or obj.pk])

    def desk_tiles(self, request, *, on):
        if not request.user.has_perm("coordination.view_referral"):
            return []
        lost = institutions.with_lost_mail(Institution.objects.visible_to(request.user))
        label = _("institutions whose mail does not arrive")
        return [self.tile(lost, label, "late", **{MAIL_FILTER: LOST})] if lost.exists() else []

    @admin.display(description=gettext_lazy("names before"))
    def names_before(self, institution):
        if institution.pk is None:
            return "–"
        lines = [
            (former.name, date_format(former.until, "j E Y")) for former in institution.former_names.order_by("-until")
        ]
        return format_html_join("", "<div>{} ({})</div>", [(name, _("until %s") % day) for name, day in lines]) or "–"

    @admin.display(description=gettext_lazy("open referrals"))
    def open_here(self, institution):
        if institution.pk is None:
            return "–"
        rows = Referral.objects.visible_to(institution.reader).open().live().filter(receiver=institution)
        query = urlencode({INSTITUTION: institution.pk, STATE: OPEN})
        url = reverse("admin:coordination_referral_changelist")
        return format_html('<a href="{}?{}">{}</a>', url, query, rows.count())

    @admin.display(description=gettext_lazy("mails that did not arrive"))
    def mail_trouble(self, institution):
        number = institutions.lost_mails(institution).count() if institution.pk else 0
        if not number:
            return "–"
        words = _("Call them: an address here does not take mails. Correct it, then send again.")
        return format_html("{}. {}", number, words)
