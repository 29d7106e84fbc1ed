"""A new entry that does not begin empty: from a template of the centre, or as a copy of another entry."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cus_portal.accounts.models import Institution
from cus_portal.forms import PortalForm
from services.actions import copy_service
from services.models import EntryTemplate, Service


class StartForm(PortalForm):
    mark_optional = False
    plain_name = forms.CharField(
        label=gettext_lazy("How is the new service called, in plain words?"),
        max_length=120,
        error_messages={"required": gettext_lazy("Write a name.")},
    )
    provider = forms.ModelChoiceField(
        Institution.objects.none(),
        label=gettext_lazy("Who gives it?"),
        empty_label=None,
        help_text=gettext_lazy(
            "With another institution than in the original, its places, hours, phones and links are left out."
        ),
    )

    def __init__(self, *args, source, user, **kwargs):
        super().__init__(*args, **kwargs)
        reach = user.reach_of("services.add_service")
        rows = Institution.objects.order_by("name_sort", "pk")
        self.fields["provider"].queryset = rows if reach is None else rows.filter(pk__in=reach)
        self.initial = {"plain_name": source.plain_name, "provider": source.provider_id}


class StartingRoom:
    """Gives the list of services its page of templates."""

    def get_urls(self):
        return [
            path("start/", self.admin_site.admin_view(self.start_view), name="services_service_start"),
            *super().get_urls(),
        ]

    def start_view(self, request):
        """Offer the templates; with one chosen, ask what the new entry must have of its own, and begin it."""
        if not request.user.has_perm("services.add_service"):
            raise PermissionDenied
        source, form = self._source(request), None
        if source:
            form = StartForm(request.POST or None, source=source, user=request.user)
            if form.is_valid():
                service = copy_service(source, by=request.user, now=timezone.now(), **form.cleaned_data)
                messages.success(request, _("A draft is made. Go through all of it: what is copied may differ here."))
                return redirect("admin:services_service_change", service.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("A new entry from a template"),
            "form": form,
            "source": source,
            "templates": EntryTemplate.objects.visible_to(request.user).filter(in_use=True),
            "list_url": self.list_url(),
        }
        return TemplateResponse(request, "admin/services/start.html", context)

    def _source(self, request):
        """Return the entry to copy: one this person may see, or the sample of a template."""
        if code := request.GET.get("template"):
            templates = EntryTemplate.objects.visible_to(request.user).filter(in_use=True)
            return get_object_or_404(templates.select_related("sample__provider"), code=code).sample
        if pk := request.GET.get("entry"):
            if not pk.isdecimal():
                raise Http404
            seen = Service.objects.visible_to(request.user).select_related("provider")
            return get_object_or_404(seen, pk=int(pk[:9]))
        return None
