"""The catalogue as a spreadsheet: taken out in one click, looked through before it comes back in."""

import secrets

from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cus_portal.admin import add_errors
from cus_portal.exports import XLSX_TYPE, file_response
from cus_portal.forms import PortalForm
from services.actions import export_services, import_services
from services.models import Status

KEPT_FOR = 60 * 60
PROBLEMS_SHOWN = 100
KINDS = {"xlsx": ("xlsx", XLSX_TYPE), "csv": ("zip", "application/zip")}


def may_exchange(user):
    """Drafts and sources leave with the export, so it is for those who may bring them back."""
    return user.has_perm("services.import_services")


class ImportForm(PortalForm):
    mark_optional = False
    file = forms.FileField(
        label=gettext_lazy("File with the tables"),
        help_text=gettext_lazy(
            "XLSX, CSV or a ZIP of CSV files, with the headings of our export. Nothing changes before you have seen"
            " what would change."
        ),
        error_messages={"required": gettext_lazy("Choose a file.")},
    )


class ExchangeRoom:
    """Gives the list of services its export and import."""

    change_list_template = "admin/services/services.html"

    def get_urls(self):
        guarded = self.admin_site.admin_view
        return [
            path("import/", guarded(self.import_view), name="services_service_import"),
            path("export/<slug:form>/", guarded(self.export_view), name="services_service_export"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"may_exchange": may_exchange(request.user)} | (extra_context or {}))

    def export_view(self, request, form):
        if not may_exchange(request.user):
            raise PermissionDenied
        if form not in KINDS:
            raise Http404
        ending, content_type = KINDS[form]
        name = f"{_('catalogue')}-{timezone.localdate():%Y-%m-%d}.{ending}"
        return file_response(export_services(form=form, by=request.user), name, content_type)

    def import_view(self, request):
        """Check the file that was chosen, then, on a second press, import the one that was checked."""
        if not may_exchange(request.user):
            raise PermissionDenied
        if request.method == "POST" and "token" in request.POST:
            return self._import_checked(request)
        form, found, token = ImportForm(request.POST or None, request.FILES or None), None, ""
        if request.method == "POST" and form.is_valid():
            upload = form.cleaned_data["file"]
            found, token = self._check(request, form, upload.name, upload.read())
        return self._page(request, form, found, token)

    def _check(self, request, form, name, content):
        now = timezone.now()
        try:
            found = import_services(name=name, content=content, by=request.user, now=now, only_check=True)
        except ValidationError as error:
            form.add_error("file", error)
            return None, ""
        token = secrets.token_urlsafe(16)
        if not found.problems:
            cache.set(self._key(request, token), (name, content), KEPT_FOR)
        return found, token

    def _import_checked(self, request):
        form = ImportForm()
        kept = cache.get(self._key(request, request.POST["token"]))
        if kept is None:
            messages.warning(request, _("The checked file is no longer kept. Choose it once more."))
            return redirect("admin:services_service_import")
        name, content = kept
        try:
            found = import_services(name=name, content=content, by=request.user, now=timezone.now(), only_check=False)
        except ValidationError as error:
            form = ImportForm({})
            form.full_clean()
            form.errors.clear()
            add_errors(form, error)
            return self._page(request, form, None, "")
        if found.problems:
            return self._page(request, form, found, "")
        cache.delete(self._key(request, request.POST["token"]))
        messages.success(
            request,
            _("Imported: %(new)s new, %(changed)s changed, %(left)s as they were. They wait for a second person.")
            % {"new": len(found.new), "changed": len(found.changed), "left": len(found.left)},
        )
        return redirect(f"{self.list_url()}?state={Status.REVIEW}")

    @staticmethod
    def _key(request, token):
        return f"import:{request.user.pk}:{token}"

    def _page(self, request, form, found, token):
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Import of services"),
            "form": form,
            "found": found,
            "problems": found.problems[:PROBLEMS_SHOWN] if found else [],
            "more": max(len(found.problems) - PROBLEMS_SHOWN, 0) if found else 0,
            "token": token,
            "list_url": self.list_url(),
            "export_url": reverse("admin:services_service_export", args=["xlsx"]),
        }
        return TemplateResponse(request, "admin/services/import.html", context)
