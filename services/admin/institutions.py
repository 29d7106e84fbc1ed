"""Institutions as the catalogue has them: with their agreements, and on the pages of their services at once."""

from django.contrib import admin

from cus_portal.accounts.admin import InstitutionAdmin
from cus_portal.accounts.models import Institution
from cus_portal.admin import PortalTabularInline
from services.admin.base import ReferredAdmin
from services.models import Agreement

admin.site.unregister(Institution)


class AgreementInline(PortalTabularInline):
    model = Agreement
    fields = ("subject", "kind", "number", "valid_from", "valid_to")
    extra = 0
    show_change_link = True

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("services.view_agreement")

    def _refused(self, request, obj=None):
        """An agreement is written on its own page."""
        return False

    has_add_permission = has_change_permission = has_delete_permission = _refused


@admin.register(Institution)
class ProviderAdmin(InstitutionAdmin, ReferredAdmin):
    inlines = (AgreementInline,)
