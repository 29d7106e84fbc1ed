"""Contracts of providers with what is used and left, and the settlements of their months."""

import re

from django.contrib import admin
from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.actions import contracts
from coordination.actions.settlements import (
    close_month,
    confirmed_of,
    correct_line,
    count_month,
    months_to_settle,
    sums_of,
    surplus_by_person,
)
from coordination.alarms import alarm_of
from coordination.areas import owed_by_others
from coordination.forms_delivery import CorrectLineForm, EndContractForm, EnlargeForm, MonthForm, ReasonForm
from coordination.models import Contract, Provision, Settlement
from coordination.reports import month_name
from coordination.workflow import CONTRACT
from cus_portal.admin import Move, PortalModelAdmin
from cus_portal.forms import PortalModelForm
from cus_portal.paging import slice_of
from cus_portal.templatetags.portal import tag, zloty
from residents.admin.base import due_cell, state_cell
from services.admin.base import EndingFilter
from services.models import ProgrammeService
from services.units import in_units

ROWS_SHOWN, GIVEN_MARK = 60, "uslugi"
LINE_MARK = "wiersz"


class ContractForm(PortalModelForm):
    class Meta:
        model = Contract
        fields = ["agreement", "basis", "unit", "units", "unit_price", "pays_no_show", "valid_from", "valid_to"]
        localized_fields = ["units", "unit_price"]

    def clean(self):
        data = super().clean()
        if data.get("agreement") and data.get("valid_from"):
            contracts.check_agreement(data["agreement"], data["valid_from"], data.get("valid_to"))
        return data


@admin.register(Contract)
class ContractAdmin(PortalModelAdmin):
    workflow = CONTRACT
    form = ContractForm
    addable = True
    logs_reads = False
    desk_position = 42
    detail_template = "admin/coordination/contract.html"
    list_display = ["service", "provider", "used_of", "state", "until", "number"]
    list_select_related = ["basis__service", "agreement__institution"]
    list_filter = ["status", EndingFilter]
    search_fields = ["agreement__number"]
    ordering = ["-pk"]
    sortable_by = ()
    add_label = gettext_lazy("New contract")
    empty_title = gettext_lazy("No contract here")
    empty_text = gettext_lazy("A contract says how many units of a service a provider gives, and at what price.")
    past = {
        "add": gettext_lazy("The contract was put on record"),
        "enlarge": gettext_lazy("Units were added by an annex"),
        "settle": gettext_lazy("A month was closed"),
        "suspend": gettext_lazy("The contract was suspended"),
        "resume": gettext_lazy("The contract went on"),
        "end": gettext_lazy("The contract was ended"),
    }
    moves = (
        Move("settle", close_month, MonthForm, done=gettext_lazy("The month is closed.")),
        Move("enlarge", contracts.enlarge_contract, EnlargeForm, done=gettext_lazy("The contract holds more now.")),
        Move("resume", contracts.resume_contract, done=gettext_lazy("The contract goes on.")),
        Move("suspend", contracts.suspend_contract, ReasonForm, done=gettext_lazy("The contract is suspended.")),
        Move("end", contracts.end_contract, EndContractForm, done=gettext_lazy("The contract is ended.")),
    )

    def get_queryset(self, request):
        return super().get_queryset(request).with_use().select_related("basis__service", "agreement__institution")

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)
        return found and Contract.objects.with_use().select_related(
            "basis__service", "basis__programme", "agreement__institution"
        ).get(pk=found.pk)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "basis":
            kwargs["queryset"] = ProgrammeService.objects.in_force(timezone.localdate()).select_related(
                "service", "programme"
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        contracts.agree_contract(obj, by=request.user)

    def log_addition(self, request, obj, message):
        """The action has written it down."""

    # -- the list's cells -------------------------------------------------------------------------
    @admin.display(description=gettext_lazy("service"))
    def service(self, obj):
        return obj.basis.service.plain_name

    @admin.display(description=gettext_lazy("provider"))
    def provider(self, obj):
        return obj.agreement.institution.short_name

    @admin.display(description=gettext_lazy("used"))
    def used_of(self, obj):
        words = f"{floatformat(obj.used, -1)} / {in_units(obj.units, obj.unit)}"
        told = alarm_of(obj, timezone.localdate())
        return format_html("{} {}", words, tag("late", told)) if told else words

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj):
        return state_cell(obj, self.party(obj))

    @admin.display(description=gettext_lazy("in force until"))
    def until(self, obj):
        return due_cell(obj.valid_to, timezone.localdate()) if obj.valid_to else "–"

    @admin.display(description=gettext_lazy("number"))
    def number(self, obj):
        return obj.agreement.number

    # -- one contract -----------------------------------------------------------------------------
    def due(self, obj):
        return obj.valid_to if obj.status != Contract.Status.ENDED else None

    def due_words(self, obj):
        return _("in force until")

    def detail_context(self, request, obj):
        given = Provision.objects.visible_to(request.user).filter(contract=obj).active()
        given = given.select_related("case__resident", "worker").order_by("case__resident__name_sort", "pk")
        part = slice_of(given, request.GET.get(GIVEN_MARK), per_page=ROWS_SHOWN)
        settlements = obj.settlements.with_sums().order_by("-month")
        return {
            "title": str(obj),
            "alarm": alarm_of(obj, timezone.localdate()),
            "facts": self.facts(obj),
            "given": [(one, in_units(one.units, obj.unit)) for one in part.rows],
            "given_part": part,
            "given_mark": GIVEN_MARK,
            "settlements": settlements if request.user.has_perm("coordination.view_settlement") else [],
            "to_settle": [month_name(month) for month in months_to_settle(obj, timezone.localdate())],
        }

    @staticmethod
    def facts(obj):
        return [
            (_("Provider"), obj.agreement.institution),
            (_("Agreement"), f"{obj.agreement.get_kind_display()} {obj.agreement.number}"),
            (_("Programme"), obj.basis.programme),
            (_("Agreed"), in_units(obj.units, obj.unit)),
            (_("Used"), in_units(obj.used, obj.unit)),
            (_("Left"), in_units(max(obj.left, 0), obj.unit)),
            (_("Price of one"), zloty(obj.unit_price)),
            (_("A visit missed by the person's fault"), _("is paid") if obj.pays_no_show else _("is not paid")),
            (_("From"), date_format(obj.valid_from, "j E Y")),
            (_("To"), obj.valid_to and date_format(obj.valid_to, "j E Y")),
        ]

    # -- moves ------------------------------------------------------------------------------------
    def may_move(self, user, obj, move):
        if move.name == "settle" and not months_to_settle(obj, timezone.localdate()):
            return False
        return super().may_move(user, obj, move)

    def move_form_kwargs(self, request, obj, move):
        kwargs = super().move_form_kwargs(request, obj, move)
        if move.name == "settle":
            months = months_to_settle(obj, timezone.localdate())
            kwargs["months"] = [(month, month_name(month)) for month in months]
        return kwargs

    def move_facts(self, obj, move):
        """What one reads before a month is closed: the oldest one, person by person, by the signs of their cases."""
        if move.name != "settle" or not (months := months_to_settle(obj, timezone.localdate())):
            return []
        counted, beyond = count_month(obj, months[0]), surplus_by_person(obj, months[0])
        rows = [
            _("%(sign)s: %(units)s, to the provider %(amount)s, from the person %(fee)s")
            % {
                "sign": one.provision.case if one.provision.case.restricted_file_id is None else "–",
                "units": floatformat(one.units, -1),
                "amount": zloty(one.amount),
                "fee": _("income or rate not on record") if one.fee is None else zloty(one.fee),
            }
            + self.beyond_words(beyond.get(one.provision.pk))
            for one in counted
        ]
        together = _("%(units)s, to the provider %(amount)s, from persons %(fee)s") % {
            "units": floatformat(sum(one.units for one in counted), -1),
            "amount": zloty(sum(one.amount for one in counted)),
            "fee": zloty(sum(one.fee or 0 for one in counted)),
        }
        confirmed = _("%(confirmed)s of %(done)s") % confirmed_of(obj, months[0])
        return [
            (month_name(months[0]), rows),
            (_("Together"), together),
            (_("Visits confirmed"), confirmed),
            (_("Beyond what is counted, not paid"), in_units(sum(beyond.values()), obj.unit)),
        ]

    @staticmethod
    def beyond_words(units):
        return _("; beyond what is counted, not paid: %(units)s") % {"units": floatformat(units, -1)} if units else ""

    # -- the first page ---------------------------------------------------------------------------
    def desk_tiles(self, request, *, on):
        if not request.user.has_perm("coordination.manage_contract"):
            return []
        used = self.tile(Contract.objects.open().nearly_used(), _("contracts nearly used up"), "late")
        ending = Contract.objects.ending(on)
        return [used, self.tile(ending, _("contracts that end within 60 days"), "late", ending="soon")]


@admin.register(Settlement)
class SettlementAdmin(PortalModelAdmin):
    desk_position = 43
    detail_template = "admin/coordination/settlement.html"
    list_display = ["month_words", "contract", "provider", "units", "due_to", "fees_of"]
    list_select_related = ["contract__basis__service", "contract__agreement__institution"]
    ordering = ["-month", "-pk"]
    sortable_by = ()
    empty_title = gettext_lazy("No month is settled")
    empty_text = gettext_lazy("A month is closed on the page of its contract.")
    past = {"close": gettext_lazy("The month was closed"), "correct": gettext_lazy("A correction was added")}
    moves = (
        Move(
            "correct",
            correct_line,
            CorrectLineForm,
            label=gettext_lazy("Correct a line"),
            permission="coordination.close_settlement",
            done=gettext_lazy("The correction is a line of its own."),
        ),
    )

    def get_queryset(self, request):
        return super().get_queryset(request).with_sums().select_related(*self.list_select_related, "closed_by")

    @admin.display(description=gettext_lazy("month"))
    def month_words(self, obj):
        return month_name(obj.month)

    @admin.display(description=gettext_lazy("provider"))
    def provider(self, obj):
        return obj.contract.agreement.institution.short_name

    @admin.display(description=gettext_lazy("units"))
    def units(self, obj):
        return floatformat(obj.units or 0, -1)

    @admin.display(description=gettext_lazy("due to the provider"))
    def due_to(self, obj):
        return zloty(obj.due or 0)

    @admin.display(description=gettext_lazy("due from persons"))
    def fees_of(self, obj):
        return zloty(obj.fees or 0)

    def detail_context(self, request, obj):
        lines = obj.lines.select_related("provision__case__resident", "written_by")
        seen = lines.filter(provision__in=Provision.objects.visible_to(request.user).values("pk"))
        beyond = surplus_by_person(obj.contract, obj.month)
        shown = list(seen.order_by("provision", "pk"))
        for line in shown:
            line.beyond = None if line.corrects_id else beyond.get(line.provision_id)
        return {
            "title": f"{month_name(obj.month)}: {obj.contract}",
            "facts": [
                (_("Provider"), obj.contract.agreement.institution),
                (_("Units"), in_units(obj.units or 0, obj.contract.unit)),
                (_("Visits confirmed"), _("%(confirmed)s of %(done)s") % confirmed_of(obj.contract, obj.month)),
                (_("Beyond what is counted, not paid"), in_units(sum(beyond.values()), obj.contract.unit)),
                (_("Due to the provider"), zloty(obj.due or 0)),
                (_("Due from persons"), zloty(obj.fees or 0)),
                (_("Due from other municipalities"), [f"{who}: {zloty(due)}" for who, due in owed_by_others(obj)]),
                (_("Closed"), f"{date_format(timezone.localtime(obj.closed_at), 'j E Y')}, {obj.closed_by}"),
            ],
            "lines": shown,
            "unseen": lines.count() - len(shown),
            "correct_url": self.correct_url(request.user, obj),
        }

    def correct_url(self, user, obj):
        """Return where a line is corrected, for whom it is open; the line's number goes into the address."""
        if not any(self.may_move(user, obj, move) for move in self.moves):
            return ""
        return f"{reverse('admin:coordination_settlement_move', args=[obj.pk, 'correct'])}?{LINE_MARK}="

    def move_form_kwargs(self, request, obj, move):
        """Let one line be corrected from what stands there now: the one asked for, or the only one."""
        kwargs = super().move_form_kwargs(request, obj, move)
        seen = Provision.objects.visible_to(request.user).values("pk")
        lines = obj.lines.filter(corrects=None, provision__in=seen).select_related("provision__case__resident")
        asked = request.GET.get(LINE_MARK, "")
        if re.fullmatch(r"[0-9]{1,18}", asked) and lines.filter(pk=asked).exists():
            lines = lines.filter(pk=asked)
        first = list(lines[:2])
        initial = {"line": first[0], **sums_of(first[0])} if len(first) == 1 else {}
        return kwargs | {"lines": lines.order_by("pk"), "initial": initial}
