"""Views of the dashboard and of the worklists, kept under a name for oneself or for the colleagues of a role."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from coordination.filters import FILTERS
from coordination.worklists import WORKLISTS, open_to
from cus_portal.accounts.permissions import require
from cus_portal.accounts.saved_filters import SavedFilter, filters_in
from cus_portal.saved import SaveFilterForm, keep_filter


def pages_of(user):
    """Return {address: what it is called} of the pages whose views this user may keep."""
    lists = {reverse("coordination:worklist", args=[one.name]): one.label for one in open_to(user)}
    return {reverse("coordination:dashboard"): _("Dashboard")} | lists


def save_bar(user, narrowed, name=""):
    """Return the form that keeps the filters of a page, and the views of a list; the dashboard shows none itself."""
    query = filters_in(narrowed.data, narrowed.base_filters)
    path = reverse("coordination:keep_list", args=[name]) if name else reverse("coordination:keep_view")
    form = SaveFilterForm(user=user)
    del form.fields["is_default"]
    form.fields["name"].label = _("Name of the view")
    keeps = f"{path}?{query}" if query else ""  # without a filter there is nothing to keep
    bar = {"save_form": form, "save_url": keeps}
    if name:
        found = SavedFilter.objects.filter(path=reverse("coordination:worklist", args=[name])).offered_to(user)
        bar["views"] = [(one, one.query == query) for one in found]
    return bar


@require_safe
def saved_views(request):
    """Show one's own views and those shared with one's role."""
    require(request.user, "coordination.view_dashboard")
    pages = pages_of(request.user)
    offered = SavedFilter.objects.offered_to(request.user).filter(path__in=pages).select_related("owner")
    rows = [(pages[one.path], one, one.owner_id == request.user.pk) for one in offered]
    context = {"rows": rows, "dashboard_url": reverse("coordination:dashboard")}
    return render(request, "coordination/saved_views.html", context)


@require_POST
def keep_view(request, name=""):
    """Keep the filters of the dashboard, or of the list of that name."""
    require(request.user, "coordination.view_dashboard")
    chosen = WORKLISTS.get(name)
    if name and (chosen is None or not request.user.has_perm(chosen.permission)):
        raise Http404
    path = reverse("coordination:worklist", args=[name]) if name else reverse("coordination:dashboard")
    return keep_filter(request, path=path, names=FILTERS[chosen.subject if chosen else "referral"].base_filters)


@require_POST
def drop_view(request, pk):
    """Remove a view of one's own; a colleague's stays."""
    require(request.user, "coordination.view_dashboard")
    get_object_or_404(SavedFilter, pk=pk, owner=request.user, path__in=pages_of(request.user)).delete()
    messages.success(request, _("The view is removed."))
    return redirect("coordination:saved_views")
