"""What the desk's admins share: forms that know their subject, filters with a sensible start, cells of lists."""

from functools import wraps

from django.contrib import admin
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cus_portal.admin import Move, PortalModelAdmin, opened
from cus_portal.audit.log import record_read
from cus_portal.bulk import BulkMoves
from cus_portal.saved import SavedFilters
from cus_portal.templatetags.portal import tag
from cus_portal.workflow import STATE_KINDS
from residents.actions import restrict_file
from residents.desk_forms import MoveForm
from residents.restricted_forms import RestrictForm

ALL = "all"
NOBODY = "nobody"
ME = "me"
LATE = "late"
TODAY = "today"


RESTRICT = Move(
    "restrict",
    restrict_file,
    RestrictForm,
    label=gettext_lazy("Restrict"),
    permission="residents.restrict_file",
    when=lambda row: row.restricted_file_id is None,
    done=gettext_lazy("The file is restricted. It is shown to those who work on it only."),
)


def once_a_page(rows):
    """Ask once for rows that both a part of the page and its history read; each page has an object of its own."""

    @wraps(rows)
    def read(request, obj):
        kept = vars(obj).setdefault("_rows_of_the_page", {})
        if rows.__name__ not in kept:
            kept[rows.__name__] = list(rows(request, obj))
        return kept[rows.__name__]

    return read


class DeskAdmin(BulkMoves, SavedFilters, PortalModelAdmin):
    sortable_by = ()

    def move_form_kwargs(self, request, obj, move):
        kwargs = super().move_form_kwargs(request, obj, move)
        if issubclass(move.form, MoveForm):
            kwargs |= {"subject": obj, "actor": request.user, "on": timezone.localdate()}
        return kwargs

    def bulk_form_kwargs(self, request, move, *, sure):
        kwargs = super().bulk_form_kwargs(request, move, sure=sure)
        if issubclass(move.form, MoveForm):
            kwargs |= {"subject": None, "actor": request.user, "on": timezone.localdate()}
        return kwargs

    def revealed(self, request, obj):
        """Return the object's page with whole PESEL numbers: the answer to a click, kept by no browser."""
        record_read(obj, by=request.user, screen="pesel")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": obj,
            "title": str(obj),
            "version": getattr(obj, "version", ""),
            "moves": self.buttons(request, obj),
            **self.history_context(request, obj),
            **self.state_context(obj),
            **self.detail_context(request, obj, pesel=True),
        }
        response = TemplateResponse(request, self.detail_template, context)
        response["Cache-Control"] = "no-store, private"
        return response

    def get_search_results(self, request, queryset, search_term):
        """Search as the rows themselves do; a room without a search shows its list, whatever its address asks for."""
        if not search_term or not hasattr(queryset, "search"):
            return queryset, False
        return queryset.search(opened(search_term)), False


class OneOf(admin.SimpleListFilter):
    """A filter of fixed words, each a value of the column unless told otherwise.

    `start` is the value that holds while nothing is chosen and nothing searched.
    """

    column = "status"
    start = ""
    words: tuple = ()

    def __init__(self, request, params, model, model_admin):
        self.searching = bool(request.GET.get("q"))
        super().__init__(request, params, model, model_admin)

    def lookups(self, request, model_admin):
        return self.words

    def value(self):
        chosen = super().value()
        if chosen == ALL or chosen in {str(value) for value, _word in self.lookup_choices}:
            return chosen
        return ALL if self.searching or not self.start else self.start

    def queryset(self, request, queryset):
        return queryset if self.value() == ALL else queryset.filter(**{self.column: self.value()})

    def choices(self, changelist):
        for value, word in (*self.lookup_choices, (ALL, _("All"))):
            chosen = {} if value == (self.start or ALL) and not self.searching else {self.parameter_name: value}
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string(chosen, [self.parameter_name]),
                "display": word,
            }


def state_cell(obj, party):
    """Return the state as a tag in the colour of whose move it is, and that party in words."""
    return format_html("{} {}", tag(STATE_KINDS[party], obj.get_status_display()), party.label)


def due_cell(day, on):
    """Return a day, with a word when it has come or gone."""
    text = format_html('<span class="nowrap">{}</span>', date_format(day, "j E Y"))
    late = (on - day).days
    if late > 0:
        words = ngettext("%(days)d day late", "%(days)d days late", late) % {"days": late}
        return format_html("{} {}", text, tag("late", words))
    if late == 0:
        return format_html("{} {}", text, tag("warn", _("today")))
    return text


def lines(rows):
    return format_html_join(mark_safe("<br>"), "{}", ((row,) for row in rows))


class Mine(OneOf):
    title = gettext_lazy("whose")
    parameter_name = "whose"
    words = ((ME, gettext_lazy("mine")), (NOBODY, gettext_lazy("taken up by nobody")))
    field = "assigned_to"

    def queryset(self, request, queryset):
        if self.value() == ME:
            return queryset.filter(**{self.field: request.user})
        if self.value() == NOBODY:
            return queryset.filter(**{f"{self.field}__isnull": True})
        return queryset
