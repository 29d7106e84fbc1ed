"""A list of the office as a file: what is shown now, with its filters, for a reason that the audit keeps."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from cus_portal.audit.log import record_export
from cus_portal.exports import ExportForm, list_response

MOST_ROWS = 20_000


class ExportedList(admin.ModelAdmin):
    """Gives a room the button by which its list leaves the portal. `exported` names columns as list_display does."""

    exported: tuple[str, ...] = ()

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/", self.admin_site.admin_view(self.export_view), name=name), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_export")
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        return super().changelist_view(request, {"export_url": url + query, **(extra_context or {})})

    def export_view(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = ExportForm(request.POST or None)
        if form.is_valid():
            return self.export(request, form.cleaned_data, on=timezone.localdate())
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Save the list as a file"),
            "form": form,
            "most_rows": MOST_ROWS,
        }
        return TemplateResponse(request, "admin/portal/export.html", context)

    def export(self, request, answers, *, on):
        """Hand over what the list shows, the first rows of it where it is very long."""
        shown = self.get_changelist_instance(request)
        chosen = self.leaving(shown.queryset)[:MOST_ROWS]
        columns = [(self.column_label(name), self.column(name)) for name in self.exported]
        rows = [[str(cell(row) or "") for _label, cell in columns] for row in chosen.iterator(chunk_size=2000)]
        screen = f"{self.opts.model_name}-list"
        record_export(self.model, by=request.user, screen=screen, rows=len(rows), reason=answers["reason"])
        header = [label for label, _cell in columns]
        title = capfirst(self.opts.verbose_name_plural)
        notes = [(_("As of"), f"{on:%d.%m.%Y}"), *self.narrowed_by(shown)]
        return list_response(answers["file_format"], self.opts.model_name, title, header, rows, notes=notes)

    def leaving(self, rows):
        """Return what of the list may leave the portal. Overridden where some of it may not."""
        return rows

    def narrowed_by(self, shown):
        """Return (label, words) of the search and of each filter in use; whom somebody searched for is left out."""
        words = _("not repeated here, for it may name a person") if self.searches_people else shown.search_words
        searched = [(_("Search words"), words)] if shown.search_words else []
        filters = [
            (capfirst(spec.title), str(one["display"]))
            for spec in shown.filter_specs
            if spec.used_parameters
            for one in spec.choices(shown)
            if one["selected"]
        ]
        return searched + filters

    def column_label(self, name):
        if hasattr(self, name):
            return str(getattr(self, name).short_description)
        return str(self.opts.get_field(name).verbose_name)

    def column(self, name):
        return getattr(self, name) if hasattr(self, name) else lambda row: getattr(row, name)
