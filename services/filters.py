"""The one filter of the public catalogue."""

import django_filters
from django import forms
from django.db.models import CharField, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import FilterForm
from services.models import Locality, ProgrammeService, Service, ServiceArea, ServiceVersion, TargetGroup

PRICES = [("free", _("free of charge")), ("paid", _("paid or partly paid"))]


def filter_choices():
    """Return the choices of areas, target groups and localities by kind, read in one query."""
    kinds = {
        "area": ServiceArea.objects.annotate(label=Cast("short_name", CharField()), place=Cast("number", CharField())),
        "group": TargetGroup.objects.annotate(label=Cast("name", CharField()), place=Cast("position", CharField())),
        "locality": Locality.objects.annotate(label=Cast("name", CharField()), place=Cast("name_sort", CharField())),
    }
    queries = [
        rows.annotate(which=Value(kind)).order_by().values_list("which", "place", "code", "label")
        for kind, rows in kinds.items()
    ]
    choices = {kind: [] for kind in kinds}
    found = queries[0].union(*queries[1:], all=True)
    for kind, _place, code, label in sorted(found, key=lambda row: (row[1].zfill(3), row[2])):
        choices[kind].append((code, label))
    return choices


class ServiceFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label=_("Word"), max_length=100, method="filter_words")
    area = django_filters.ChoiceFilter(label=_("Area"), method="filter_area", empty_label=_("All"))
    group = django_filters.ChoiceFilter(label=_("For whom"), method="filter_group", empty_label=_("Everyone"))
    place = django_filters.ChoiceFilter(
        label=_("Where you live"), method="filter_place", empty_label=_("Whole municipality")
    )
    price = django_filters.ChoiceFilter(label=_("Cost"), method="filter_price", choices=PRICES, empty_label=_("Any"))
    delivery = django_filters.ChoiceFilter(
        label=_("How"), method="filter_delivery", choices=Service.Delivery, empty_label=_("Any way")
    )

    class Meta:
        model = ServiceVersion
        form = FilterForm
        fields = []

    def __init__(self, data, queryset, *, on):
        self.on = on
        super().__init__(data, queryset)
        choices = filter_choices()
        self.filters["area"].extra["choices"] = choices["area"]
        self.filters["group"].extra["choices"] = choices["group"]
        self.filters["place"].extra["choices"] = choices["locality"]
        for name in ("area", "group", "place", "price", "delivery"):
            self.filters[name].extra["error_messages"] = {
                "invalid_choice": _("There is no such choice here. Choose one from the list.")
            }
        self.filters["q"].extra["widget"] = forms.TextInput(attrs={"type": "search"})

    def narrowed(self):
        """Return how many filters are chosen, the searched words not counted."""
        return sum(1 for name in self.filters if name != "q" and self.data.get(name))

    def filter_words(self, services, name, value):
        return services.matching(value)

    def filter_area(self, services, name, value):
        return services.in_area(value)

    def filter_group(self, services, name, value):
        return services.for_group(value)

    def filter_place(self, services, name, value):
        return services.for_locality(value)

    def filter_price(self, services, name, value):
        fees = [ProgrammeService.Fee.FREE] if value == "free" else ProgrammeService.PAID
        return services.costing(fees, on=self.on)

    def filter_delivery(self, services, name, value):
        return services.filter(delivery__contains=[value])
