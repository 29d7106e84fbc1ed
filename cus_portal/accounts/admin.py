from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from cus_portal.accounts.models import Absence, Authorisation, Institution, Membership, Session, User
from cus_portal.admin import Move, PortalModelAdmin
from cus_portal.exported import ExportedList
from cus_portal.signin.actions import end_sessions, forget_second_factor, invite, send_link
from cus_portal.templatetags.portal import moment

INVITED = ["email", "first_name", "last_name", "phone"]


class AccountForm(forms.ModelForm):
    def clean_email(self):
        """Write the address as signing in looks for it; so it is unique however it was typed."""
        return self.cleaned_data["email"].lower()


@admin.register(User)
class UserAdmin(PortalModelAdmin):
    form = AccountForm
    editable = addable = True
    logs_reads = False
    list_display = ["get_full_name", "email", "is_active", "last_login"]
    list_filter = ["is_active"]
    fields = ["email", "first_name", "last_name", "phone", "is_active", "is_superuser", "last_login", "open_sessions"]
    readonly_fields = ["last_login", "is_superuser", "open_sessions"]
    search_fields = ["email__istartswith", "last_name__istartswith"]
    add_label = _("Invite a user")
    moves = (
        Move(
            "send_link",
            send_link,
            label=_("Mail a link to set a password"),
            permission="accounts.change_user",
            when=lambda user: user.is_active,
            done=_("The link is on its way."),
        ),
        Move(
            "forget_second_factor",
            forget_second_factor,
            label=_("Take the second step off"),
            permission="accounts.change_user",
            danger=True,
            done=_("The second step is off. The person sets up a new one at the next signing in."),
        ),
        Move(
            "end_sessions",
            end_sessions,
            label=_("Sign out everywhere"),
            permission="accounts.end_sessions",
            done=_("The person is signed out on all devices."),
        ),
    )
    past = {
        "add": _("Invited"),
        "sign_in": _("Signed in"),
        "end_session": _("Ended a session"),
        "set_password": _("Set the password by the mailed link"),
        "change_password": _("Changed the password"),
        "totp_activated": _("Set up an application with codes"),
        "totp_deactivated": _("Took off the application with codes"),
        "webauthn_added": _("Added a passkey"),
        "webauthn_removed": _("Took off a passkey"),
        "recovery_codes_generated": _("Made new codes on paper"),
    }

    def get_fieldsets(self, request, obj=None):
        return super().get_fieldsets(request, obj) if obj else [(None, {"fields": INVITED})]

    @admin.display(description=_("signed in on"))
    def open_sessions(self, user):
        found = Session.objects.open_of(user, now=timezone.now())
        lines = [
            (session.device or _("Unknown device"), moment(session.seen_at)) for session in found if session.seen_at
        ]
        return format_html_join("", "<div>{}, {}</div>", lines) or "–"

    def save_model(self, request, obj, form, change):
        if change:
            super().save_model(request, obj, form, change)
        else:
            invite(obj, by=request.user, now=timezone.now())


@admin.register(Institution)
class InstitutionAdmin(PortalModelAdmin):
    editable = addable = True
    logs_reads = False
    list_display = ["name", "kind", "phone", "email", "is_active"]
    list_filter = ["kind", "is_active"]
    search_fields = ["name", "short_name", "code"]
    exclude = ["name_sort"]
    readonly_fields = ["is_centre"]  # the files of the municipality say which one it is; all rights hang on it


@admin.register(Membership)
class MembershipAdmin(PortalModelAdmin):
    editable = addable = True
    logs_reads = False
    list_display = ["user", "role", "institution", "valid_from", "valid_to"]
    list_filter = ["role", "institution"]
    list_select_related = ["user", "institution"]
    autocomplete_fields = ["user", "institution"]
    search_fields = ["user__last_name__istartswith", "user__email__istartswith"]
    search_help_text = _("Beginning of the surname or of the e-mail address.")


class InForceFilter(admin.SimpleListFilter):
    title = _("in force")
    parameter_name = "in_force"

    def lookups(self, request, model_admin):
        return [("today", _("today")), ("ending", _("ending within 30 days")), ("ended", _("ended"))]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        chosen = {
            "today": lambda: queryset.in_force(today),
            "ending": lambda: queryset.ending(today, within=30),
            "ended": lambda: queryset.filter(valid_to__lt=today),
        }.get(self.value())
        return chosen() if chosen else queryset


@admin.register(Authorisation)
class AuthorisationAdmin(ExportedList, PortalModelAdmin):
    """The register that the director keeps and the data protection officer reads."""

    editable = addable = True
    logs_reads = False
    list_display = ["number", "user", "scope", "valid_from", "valid_to", "issued_by"]
    exported = ("number", "user", "scope", "valid_from", "valid_to", "issued_by")
    list_filter = [InForceFilter]
    list_select_related = ["user"]
    autocomplete_fields = ["user"]
    search_fields = ["number__istartswith", "user__last_name__istartswith"]
    search_help_text = _("Beginning of the number or of the surname.")


@admin.register(Absence)
class AbsenceAdmin(PortalModelAdmin):
    """Who is away and who stands in. Whoever hands something over is told of it here and then."""

    editable = addable = True
    add_label = _("Write down an absence")
    past = {"end": _("The absence was ended")}
    logs_reads = False
    list_display = ["user", "first_day", "last_day", "stands_in"]
    fields = ["user", "first_day", "last_day", "stands_in"]
    list_select_related = ["user", "stands_in"]
    empty_title = _("Nobody is away")
    empty_text = _("Write down when you are away, so that nothing is handed to you on these days.")

    def get_changeform_initial_data(self, request):
        return {"user": request.user.pk, **super().get_changeform_initial_data(request)}

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        people = User.objects.at_centre(on=timezone.localdate())
        if db_field.name == "user" and not request.user.granted("accounts.view_user"):
            people = people.filter(pk=request.user.pk)
        kwargs["queryset"] = people.order_by("name_sort", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
