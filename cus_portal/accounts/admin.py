from django.contrib import admin
from django.contrib.auth.forms import BaseUserCreationForm
from django.utils.translation import gettext_lazy as _

from cus_portal.accounts.models import Institution, Membership, User
from cus_portal.admin import PortalModelAdmin


class NewUserForm(BaseUserCreationForm):
    class Meta:
        model = User
        fields = ["email", "first_name", "last_name"]


@admin.register(User)
class UserAdmin(PortalModelAdmin):
    editable = addable = True
    logs_reads = False
    list_display = ["get_full_name", "email", "is_active", "last_login"]
    list_filter = ["is_active"]
    fields = ["email", "first_name", "last_name", "phone", "is_active", "is_superuser", "last_login"]
    readonly_fields = ["last_login", "is_superuser"]
    search_fields = ["email__istartswith", "last_name__istartswith"]
    add_fieldsets = [(None, {"fields": ["email", "first_name", "last_name", "password1", "password2"]})]

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is None:
            kwargs["form"] = NewUserForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request, obj=None):
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets


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
