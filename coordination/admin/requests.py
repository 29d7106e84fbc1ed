"""The request, widened: which referral it came of."""

from django.contrib import admin

from coordination.models import IncomingReferral
from residents.admin import ServiceRequestAdmin as DeskRequestAdmin
from residents.models import ServiceRequest

admin.site.unregister(ServiceRequest)


@admin.register(ServiceRequest)
class ServiceRequestAdmin(DeskRequestAdmin):
    def detail_context(self, request, obj, **how):
        came = IncomingReferral.objects.visible_to(request.user).filter(request=obj)
        return {**super().detail_context(request, obj, **how), "came_as": came.select_related("sender").order_by("pk")}
