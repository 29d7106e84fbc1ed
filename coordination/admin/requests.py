"""The request, widened: which referral it came of."""

from django.contrib import admin
from django.db.models import Exists, OuterRef

from coordination.models import IncomingReferral
from residents.admin import ServiceRequestAdmin as DeskRequestAdmin
from residents.models import ServiceRequest

admin.site.unregister(ServiceRequest)


@admin.register(ServiceRequest)
class ServiceRequestAdmin(DeskRequestAdmin):
    def get_queryset(self, request):
        return (
            super().get_queryset(request).annotate(came=Exists(IncomingReferral.objects.filter(request=OuterRef("pk"))))
        )

    def detail_context(self, request, obj, **how):
        came = IncomingReferral.objects.visible_to(request.user).filter(request=obj).select_related("sender")
        return {**super().detail_context(request, obj, **how), "came_as": came.order_by("pk") if obj.came else []}
