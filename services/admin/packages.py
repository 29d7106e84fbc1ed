"""A neighbour's catalogue in HSDS: looked through first, then read in as drafts."""

import secrets
import tempfile
from pathlib import Path

from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cus_portal.forms import PortalForm
from services.actions import import_package
from services.admin.exchange import may_exchange
from services.exchange.hsds import Source
from services.exchange.hsds_reader import UnreadablePackage
from services.models import Status

KEPT_FOR = 60 * 60
LINES_SHOWN = 100
MOST_BYTES = 20 * 1024 * 1024
OUTCOMES = {
    "created": gettext_lazy("New drafts"),
    "changed": gettext_lazy("Changed"),
    "left": gettext_lazy("As they were"),
    "refused": gettext_lazy("Refused"),
}


class PackageForm(PortalForm):
    mark_optional = False
    name = forms.CharField(
        label=gettext_lazy("Whose catalogue is it?"),
        help_text=gettext_lazy("Its name as people know it."),
        max_length=120,
        error_messages={"required": gettext_lazy("Write whose catalogue it is.")},
    )
    code = forms.SlugField(
        label=gettext_lazy("Short code of that catalogue"),
        help_text=gettext_lazy("Letters without Polish marks, as “lublin”. Always the same for the same catalogue."),
        max_length=30,
        error_messages={"required": gettext_lazy("Write a short code.")},
    )
    file = forms.FileField(
        label=gettext_lazy("File with the services"),
        help_text=gettext_lazy(
            "HSDS 3: JSON, NDJSON or a ZIP of CSV tables, up to 20 MB. Nothing changes before you have seen what would"
            " change."
        ),
        error_messages={"required": gettext_lazy("Choose a file.")},
    )

    def clean_code(self):
        return self.cleaned_data["code"].lower()

    def clean_file(self):
        if self.cleaned_data["file"].size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 20 MB. Ask whoever keeps the portal to read it in."))
        return self.cleaned_data["file"]


class PackageRoom:
    """Gives the list of services its import of other catalogues."""

    def get_urls(self):
        guarded = self.admin_site.admin_view
        return [
            path("import/hsds/", guarded(self.package_view), name="services_service_import_hsds"),
            *super().get_urls(),
        ]

    def package_view(self, request):
        """Check the file that was chosen, then, on a second press, read in the one that was checked."""
        if not may_exchange(request.user):
            raise PermissionDenied
        if request.method == "POST" and "token" in request.POST:
            return self._read_in(request)
        form, report, token = PackageForm(request.POST or None, request.FILES or None), None, ""
        if form.is_valid():
            upload, source = form.cleaned_data["file"], Source(form.cleaned_data["code"], form.cleaned_data["name"])
            package = (upload.name, upload.read(), source.code, source.name)
            try:
                report = read(package, by=request.user, only_check=True)
            except UnreadablePackage as error:
                form.add_error("file", str(error))
            else:
                token = secrets.token_urlsafe(16)
                cache.set(self._package_key(request, token), package, KEPT_FOR)
        return self._package_page(request, form, report, token)

    def _read_in(self, request):
        key = self._package_key(request, request.POST["token"])
        package = cache.get(key)
        if package is None:
            messages.warning(request, _("The checked file is no longer kept. Choose it once more."))
            return redirect("admin:services_service_import_hsds")
        report = read(package, by=request.user, only_check=False)
        cache.delete(key)
        messages.success(
            request,
            _("Read in: %(created)s new drafts, %(changed)s changed, %(left)s as they were, %(refused)s refused.")
            % {word: report.counts[word] for word in OUTCOMES},
        )
        return redirect(f"{self.list_url()}?state={Status.DRAFT}")

    @staticmethod
    def _package_key(request, token):
        return f"package:{request.user.pk}:{token}"

    def _package_page(self, request, form, report, token):
        lines = report.lines if report else []
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Import of another catalogue"),
            "form": form,
            "token": token,
            "counts": [(label, report.counts[word]) for word, label in OUTCOMES.items()] if report else [],
            "is_empty": report is not None and not (report.counts["created"] or report.counts["changed"]),
            "lines": lines[:LINES_SHOWN],
            "more": max(len(lines) - LINES_SHOWN, 0),
            "list_url": self.list_url(),
        }
        return TemplateResponse(request, "admin/services/package.html", context)


def read(package, *, by, only_check):
    """Read a kept file as import_package() wants it: from the disk, for it may be a ZIP."""
    name, content, code, source = package
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"package{Path(name).suffix.lower()[:10]}")
        file.write_bytes(content)
        return import_package(path=file, source=Source(code, source), by=by, now=timezone.now(), only_check=only_check)
