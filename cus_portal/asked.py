"""Filters of the office's lists that have no list of choices: what they hold is typed above the list, or linked."""

from datetime import date

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.utils.formats import date_format

from cus_portal.forms import DayField, FilterForm
from cus_portal.paging import MARK

TYPED = "typed_"


class AskedFilter(admin.SimpleListFilter):
    """Offers what it holds alone. `read` makes a value of the text in the address, or None of what is none."""

    def lookups(self, request, model_admin):
        self.reader = request.user
        value = request.GET.get(self.parameter_name, "")
        return [(value, self.said(value))] if self.read(value) else []

    def queryset(self, request, queryset):
        value = self.read(self.value() or "")
        return self.narrowed(queryset, value) if value else queryset


class AskedDay(AskedFilter):
    def read(self, text):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return None
        return day if DayField.FIRST <= day <= DayField.LAST else None

    def said(self, text):
        return date_format(self.read(text), "j E Y")


class TypedForm(FilterForm):
    """The fields above a list: each is called as the filter that it fills, behind TYPED."""

    def __init__(self, *args, reader, **kwargs):
        super().__init__(*args, **kwargs)
        self.reader = reader


class TypedFilters:
    """Goes before a PortalModelAdmin: what is typed into its `typed_form` becomes filters in the address."""

    change_list_template = "admin/portal/typed_list.html"
    typed_form = TypedForm

    def changelist_view(self, request, extra_context=None):
        if self.typed_form.base_fields.keys() & request.GET.keys():
            return redirect(f"{request.path}?{self.with_typed(request).urlencode()}")
        context = {
            "typed_form": self.typed_form(reader=request.user),
            "typed_kept": [(name, value) for name, value in request.GET.items() if name != MARK],
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def with_typed(self, request):
        """Return the address with what was typed; what cannot be read is said and, like an empty field, left out."""
        query, form = request.GET.copy(), self.typed_form(request.GET, reader=request.user)
        for errors in form.errors.values():
            messages.error(request, " ".join(errors))
        for name in (MARK, *form.fields):
            query.pop(name, None)
        for name in form.fields:
            if value := form.cleaned_data.get(name):
                query[name.removeprefix(TYPED)] = str(value)
        return query
