"""Lists whose filters are kept under a name: on the list, and on the first page of the office."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from cus_portal.accounts.roles import Role
from cus_portal.accounts.saved_filters import SavedFilter, filters_in, save_filter

LONGEST = 500  # characters of the filters in an address


class SaveFilterForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name of the filter"), max_length=60, strip=True)
    role = forms.ChoiceField(label=gettext_lazy("Who sees it"), required=False)
    is_default = forms.BooleanField(label=gettext_lazy("Open the list with it from the first page"), required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        held = dict.fromkeys(membership.role for membership in user.current_memberships)
        shared = [(role, _("I and: %(role)s") % {"role": Role(role).label}) for role in held]
        self.fields["role"].choices = [("", _("only I")), *shared]


def keep_filter(request, *, path, names):
    """Keep under the name that was typed the filters that the address has, and lead back to the list with them."""
    query = filters_in(request.GET, names)
    form = SaveFilterForm(request.POST, user=request.user)
    if not form.is_valid() or len(query) > LONGEST:
        messages.error(request, _("Give the filter a name of at most 60 letters."))
    elif SavedFilter.objects.filter(owner=request.user).count() >= SavedFilter.MOST:
        messages.error(request, _("You have as many saved filters as there may be. Remove one first."))
    else:
        save_filter(path=path, query=query, by=request.user, **form.cleaned_data)
        messages.success(request, _("The filter is saved."))
    return redirect(f"{path}?{query}" if query else path)


class SavedFilters:
    """Goes before a PortalModelAdmin: lets its readers keep the filters that the list has now."""

    def get_urls(self):
        guarded, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("saved/", guarded(require_POST(self.save_filter_view)), name=f"{name}_save_filter"),
            path("saved/<int:pk>/", guarded(require_POST(self.drop_filter_view)), name=f"{name}_drop_filter"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        query = filters_in(request.GET, self.filter_names())
        here = SavedFilter.objects.filter(path=self.list_url()).select_related("owner")
        own, found = request.user.pk, here.offered_to(request.user)
        context = {
            "saved_filters": [(one, one.query == query, one.owner_id == own) for one in found],
            "save_form": SaveFilterForm(user=request.user),
            "save_query": query,
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def filter_names(self):
        return [getattr(one, "parameter_name", one) for one in self.list_filter]

    def save_filter_view(self, request):
        """Keep the filters of the address under the name typed."""
        if not self.has_view_permission(request):
            raise Http404
        return keep_filter(request, path=self.list_url(), names=self.filter_names())

    def drop_filter_view(self, request, pk):
        """Remove a filter of one's own; a colleague's stays."""
        get_object_or_404(SavedFilter, pk=pk, owner=request.user, path=self.list_url()).delete()
        messages.success(request, _("The filter is removed."))
        return redirect(self.list_url())
