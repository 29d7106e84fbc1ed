"""The versions of an entry: what it said on any day, who published it and why, and how two of them differ."""

from datetime import datetime, time

from django import forms
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from cus_portal.forms import DayField, PortalForm
from services.content import content_of, with_content
from services.differences import Names, differences, lines_of
from services.models import Location, Service, ServiceVersion

WORKING_COPY = "now"


class DayForm(PortalForm):
    mark_optional = False
    on = DayField(label=gettext_lazy("What did it say on this day?"))


class CompareForm(PortalForm):
    mark_optional = False
    before = forms.ChoiceField(label=gettext_lazy("Earlier"))
    after = forms.ChoiceField(label=gettext_lazy("Later"))

    def __init__(self, *args, versions, **kwargs):
        super().__init__(*args, **kwargs)
        choices = [(str(one.number), name_of(one)) for one in versions]
        self.fields["before"].choices = choices
        self.fields["after"].choices = [(WORKING_COPY, _("as it is written now")), *choices]


def name_of(version):
    day = timezone.localtime(version.public_from)
    return _("version %(number)s, public from %(day)s") % {"number": version.number, "day": f"{day:%d.%m.%Y}"}


def versions_of(request, service):
    """Return the versions that this person may read, newest first, without their pages."""
    rows = ServiceVersion.objects.visible_to(request.user).filter(service=service).order_by("-number")
    return rows.select_related("published_by").defer("page")


@require_safe
def version_list(request, room, object_id):
    """List the versions; a day leads to the version that was public in it."""
    service = room._seen(request, str(object_id))
    rows = versions_of(request, service)
    form = DayForm(request.GET if "on" in request.GET else None)
    if form.is_valid():
        end = timezone.make_aware(datetime.combine(form.cleaned_data["on"], time.max))
        version = rows.filter(public_from__lte=end).order_by("-number").first()
        if version:
            return redirect(address(service, "version", version.number))
        form.add_error("on", _("On that day the entry was not public yet."))
    found = list(rows)
    compare_form = CompareForm(versions=found, initial={"after": WORKING_COPY}) if found else None
    return page(request, room, service, "versions", versions=found, form=form, compare_form=compare_form)


@require_safe
def version_detail(request, room, object_id, number):
    """Show all that one version says."""
    service = room._seen(request, str(object_id))
    version = get_object_or_404(versions_of(request, service), number=number)
    lines = lines_of(version.content, names_for(request))
    return page(request, room, service, "version", version=version, lines=lines)


@require_safe
def compare(request, room, object_id):
    """Show how two versions differ; as it stands, the working copy from what is public."""
    service = room._seen(request, str(object_id))
    rows = list(versions_of(request, service))
    if not rows:
        raise Http404
    chosen = {"before": str(rows[0].number), "after": WORKING_COPY, **request.GET.dict()}
    form = CompareForm(chosen, versions=rows)
    if not form.is_valid():
        raise Http404
    contents = {str(one.number): one.content for one in rows}
    if form.cleaned_data["after"] == WORKING_COPY:
        contents[WORKING_COPY] = content_of(with_content(Service.objects.filter(pk=service.pk)).get())
    before, after = (contents[form.cleaned_data[name]] for name in ("before", "after"))
    changes = differences(before, after, names_for(request))
    return page(request, room, service, "compare", form=form, changes=changes)


def names_for(request):
    return Names(Location.objects.visible_to(request.user))


def address(service, name, *args):
    return reverse(f"admin:services_service_{name}", args=[service.pk, *args])


def page(request, room, service, name, **context):
    context |= {**room.admin_site.each_context(request), "opts": room.opts, "original": service}
    return TemplateResponse(request, f"admin/services/{name}.html", context)
