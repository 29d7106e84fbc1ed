"""The queues of the programme rows: who waits, on any day, to be printed; and the way into a new edition."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from cus_portal.accounts.permissions import require
from cus_portal.admin import add_errors
from cus_portal.audit.log import record, record_read
from cus_portal.forms import DayField, PortalForm
from residents.actions import carry_queue
from residents.queues import ROWS_SHOWN, queue_document, queue_facts, queue_tables, rows_in_use
from services.models import ProgrammeService


class DayForm(PortalForm):
    mark_optional = False
    on = DayField(label=gettext_lazy("How did the queue stand on this day?"))

    def clean_on(self):
        if self.cleaned_data["on"] > timezone.localdate():
            raise ValidationError(_("This day has not come yet."))
        return self.cleaned_data["on"]


class CarryForm(PortalForm):
    mark_optional = False
    into = forms.ModelChoiceField(
        ProgrammeService.objects.none(), label=gettext_lazy("Into which row?"), empty_label=None
    )
    reason = forms.CharField(
        label=gettext_lazy("By what does the queue go on?"),
        max_length=300,
        help_text=gettext_lazy("The resolution or the new edition. It stays in the log of the queue."),
    )

    def __init__(self, *args, basis, **kwargs):
        super().__init__(*args, **kwargs)
        others = ProgrammeService.objects.filter(service=basis.service_id, valid_from__gte=basis.valid_from)
        self.fields["into"].queryset = others.exclude(pk=basis.pk).select_related("programme", "service")
        self.fields["into"].label_from_instance = lambda row: f"{row.programme} ({row.valid_from:%d.%m.%Y})"


def need_link(item):
    """Return the number of the need's request, which leads to where its place is offered."""
    address = reverse("admin:residents_requestitem_change", args=[item.pk])
    return format_html('<a class="nowrap" href="{}">{}</a>', address, item.request.reference)


class QueueRoom:
    """Gives the needs their pages of queues."""

    def get_urls(self):
        guarded, name = self.admin_site.admin_view, "residents_requestitem"
        return [
            path("queues/", guarded(require_safe(self.queues_view)), name=f"{name}_queues"),
            path("queues/<int:basis>/", guarded(self.queue_view), name=f"{name}_queue"),
            path("queues/<int:basis>/pdf/", guarded(require_safe(self.queue_pdf)), name=f"{name}_queue_pdf"),
            *super().get_urls(),
        ]

    def queues_view(self, request):
        """List the rows with a limit or a queue: how full each is, and how long people wait."""
        if not request.user.has_perm("residents.view_queueplace"):
            raise PermissionDenied
        rows = rows_in_use(timezone.localdate())
        return self._queue_page(request, "queues", title=_("Places and queues"), rows=rows)

    def queue_view(self, request, basis):
        """Show the queue of a row on a day; let the organiser carry it into the next edition."""
        basis, on, form = self._asked(request, basis)
        may_carry = request.user.has_perm("residents.carry_queue", basis)
        carry = CarryForm(request.POST or None, basis=basis) if may_carry else None
        if request.method == "POST" and carry is None:
            raise PermissionDenied
        if carry and carry.is_valid():
            try:
                number = carry_queue(basis, by=request.user, now=timezone.now(), **carry.cleaned_data)
            except ValidationError as error:
                add_errors(carry, error)
            else:
                messages.success(request, _("Carried over, in their order: %(number)s.") % {"number": number})
                return redirect("admin:residents_requestitem_queue", carry.cleaned_data["into"].pk)
        if request.method == "GET":
            record_read(basis, by=request.user, screen="queue")
        return self._queue_page(
            request,
            "queue",
            title=_("Queue: %(service)s") % {"service": basis.service.plain_name},
            basis=basis,
            on=on,
            form=form,
            carry=carry if carry and carry.fields["into"].queryset.exists() else None,
            facts=queue_facts(basis, on),
            tables=queue_tables(basis, on, by=request.user, named=need_link, at_most=ROWS_SHOWN),
        )

    def queue_pdf(self, request, basis):
        """Give the queue of a day as a document."""
        basis, on, _form = self._asked(request, basis)
        record("programmeservice.print_queue", basis, by=request.user, on=on.isoformat())
        response = HttpResponse(queue_document(basis, on, by=request.user), content_type="application/pdf")
        response["Content-Disposition"] = f'inline; filename="kolejka-{basis.pk}-{on:%Y-%m-%d}.pdf"'
        return response

    def _asked(self, request, pk):
        if not request.user.has_perm("residents.view_queueplace"):
            raise PermissionDenied
        basis = get_object_or_404(ProgrammeService.objects.select_related("service", "programme"), pk=pk)
        require(request.user, "residents.view_queueplace", basis)
        form = DayForm(request.GET if "on" in request.GET else None)
        return basis, form.cleaned_data["on"] if form.is_valid() else timezone.localdate(), form

    def _queue_page(self, request, name, **context):
        context |= {**self.admin_site.each_context(request), "opts": self.opts, "list_url": self.list_url()}
        response = TemplateResponse(request, f"admin/residents/{name}.html", context)
        response["Cache-Control"] = "no-store, private"
        return response
