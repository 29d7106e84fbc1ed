"""What somebody asks the public catalogue: words, choices, the day; and what is found, with counts at each choice."""

from dataclasses import dataclass
from functools import cached_property

from django import forms
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import DayField, FilterForm
from cus_portal.urgency import tells_of_danger
from services.catalogue import Catalogue, Day
from services.models import Service
from services.ranking import Ranking
from services.search import Question

PRICES = {"free": _("free of charge"), "paid": _("paid or partly paid")}
OPEN = {"1": _("open now")}
CHOICES = ("group", "place", "topic", "area", "price", "delivery", "at", "open")


class CodeField(forms.Field):
    """One of the known codes, or nothing. A ChoiceField would make all its options anew for each reader, undrawn."""

    default_error_messages = {"invalid_choice": _("There is no such choice here. Choose one from the list.")}

    def __init__(self, *, known=None, **kwargs):
        super().__init__(required=False, **kwargs)
        self.known = known or {}

    def to_python(self, value):
        return "" if value in self.empty_values else str(value)

    def validate(self, value):
        if value and value not in self.known:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")


class CatalogueForm(FilterForm):
    q = forms.CharField(label=_("Word"), max_length=100, required=False)
    group = CodeField(label=_("For whom"))
    place = CodeField(label=_("Where you live"))
    topic = CodeField(label=_("Topic"))
    area = CodeField(label=_("Area"))
    price = CodeField(label=_("Cost"), known=PRICES)
    delivery = CodeField(label=_("How"), known=dict(Service.Delivery.choices))
    at = CodeField(label=_("Where it is given"))
    open = CodeField(label=_("Opening hours"), known=OPEN)

    def __init__(self, data, catalogue):
        super().__init__(data)
        for name in CHOICES:
            if name in catalogue.names:
                self.fields[name].known = catalogue.names[name]

    @property
    def asked(self):
        """What was asked and can be answered, in the order of the form."""
        self.is_valid()
        return {name: self.cleaned_data[name] for name in self.fields if self.cleaned_data.get(name)}


EVERYTHING = {
    "group": _("Everyone"),
    "place": _("Whole municipality"),
    "topic": _("All"),
    "area": _("All"),
    "price": _("Any"),
    "delivery": _("Any way"),
    "at": _("Anywhere"),
    "open": _("Does not matter"),
}


FIELD = (
    '<div class="field{has_error}"><label for="id_{name}">{label}</label>{errors}'
    '<select class="form-select{invalid}" id="id_{name}" name="{name}"{said}>'
    '<option value="">{everything}</option>{options}</select></div>'
)


@dataclass(frozen=True)
class Choice:
    """One field of the form: what may be chosen, and how many entries would then be found."""

    name: str
    label: str
    everything: str
    chosen: str
    options: list[tuple[str, str, int]]  # code, label as HTML, count
    errors: list[str]

    @property
    def words(self):
        """The label of what is chosen."""
        return next((mark_safe(f"<span{label}</span>") for code, label, _n in self.options if code == self.chosen), "")  # noqa: S308

    def html(self):
        """Return the field. A template takes longer to draw all fields than the rest of the page to be made."""
        options = "".join(
            f'<option value="{code}"{" selected" if code == self.chosen else ""}{label} ({count})</option>'
            for code, label, count in self.options
        )
        return format_html(
            FIELD,
            name=self.name,
            label=self.label,
            errors=format_html_join("", '<p class="error" id="error_{}_id_{}">{}</p>', self._numbered_errors()),
            everything=self.everything,
            options=mark_safe(options),  # noqa: S308 codes are slugs, labels are escaped
            has_error=" has-error" if self.errors else "",
            invalid=" is-invalid" if self.errors else "",
            said=mark_safe(f' aria-invalid="true" aria-describedby="error_1_id_{self.name}"') if self.errors else "",  # noqa: S308
        )

    def _numbered_errors(self):
        return ((number, self.name, words) for number, words in enumerate(self.errors, start=1))


class Found:
    """The entries that fit what was asked: in the order of fit where words were typed, else in Polish order."""

    def __init__(self, catalogue: Catalogue, day: Day, form, *, now):
        self.catalogue, self.day, self.form = catalogue, day, form
        self.asked = form.asked
        self.chosen = {name: code for name, code in self.asked.items() if name != "q"}
        self._open, self.open_until = catalogue.open_at(now)
        self.question = Question(self.asked["q"], catalogue.readings) if "q" in self.asked else None
        says_something = self.question is not None and not self.question.says_nothing
        self._ranking = Ranking(catalogue, self.question) if says_something else None
        self._words = self._ranking.all_words if self._ranking else catalogue.every
        self._masks = {name: self._fitting(name)[code] for name, code in self.chosen.items()}
        self.bits = self.narrowed(day.in_force)

    @property
    def is_unanswered(self):
        """Tell whether no public entry has any of the words, whatever else was chosen."""
        return self._ranking is not None and not self._ranking.some_words

    @property
    def is_delicate(self):
        """Tell whether the words tell of danger, so that whoever typed them may have to leave the page quickly."""
        return self.question is not None and tells_of_danger(self.asked["q"])

    def similar(self, most):
        """Return the places of what has some of the words, for a list that would else be empty or very short."""
        if self._ranking is None or len(self) >= most:
            return []
        return self._ranking.places(self.day.in_force & ~self._ranking.all_words, 0, most - len(self))

    def _fitting(self, name):
        match name:
            case "price":
                return self.day.price
            case "open":
                return {"1": self._open}
            case _:
                return self.catalogue.fitting[name]

    def narrowed(self, bits, *, without=""):
        """Return those of the entries that fit the words and every choice but one."""
        bits &= self._words
        for name, fitting in self._masks.items():
            if name != without:
                bits &= fitting
        return bits

    # -- a list of places, as a paginator reads it -----------------------------------------------------
    def __len__(self):
        return self.bits.bit_count()

    def __getitem__(self, part: slice):
        if self._ranking is None:
            return self.catalogue.in_order(self.bits, part.start, part.stop)
        return self._ranking.places(self.bits, part.start or 0, part.stop)

    # -- the form --------------------------------------------------------------------------------------
    @cached_property
    def choices(self):
        return [self._choice(name) for name in CHOICES]

    def fields(self):
        return mark_safe("".join(choice.html() for choice in self.choices))  # noqa: S308 each is

    def chips(self):
        """Return each chosen filter with the address of the same list without it."""
        found = []
        for choice in self.choices:
            if choice.chosen:
                query = self.form.data.copy()
                query.pop("page", None)
                del query[choice.name]
                found.append({"label": choice.label, "words": choice.words, "url": f"?{query.urlencode()}"})
        return found

    def _choice(self, name):
        rest, fitting = self.narrowed(self.day.in_force, without=name), self._fitting(name)
        chosen = self.chosen.get(name, "")
        counted = ((code, label, (rest & fitting[code]).bit_count()) for code, label in self._labels(name))
        options = [option for option in counted if option[2] or option[0] == chosen]
        field = self.form.fields[name]
        return Choice(name, field.label, EVERYTHING[name], chosen, options, self.form.errors.get(name, []))

    def _labels(self, name):
        """Return (code, end of the tag and label) of each option, in the reader's language or marked as Polish."""
        language = get_language()
        labels = self.catalogue.labels.get((name, language))
        if labels is None:
            labels = [(code, _label(names, language)) for code, names in self._names(name)]
            self.catalogue.labels[name, language] = labels
        return labels

    def _names(self, name):
        if name not in self.catalogue.names:
            return [(code, {get_language(): label}) for code, label in self.form.fields[name].known.items()]
        indent = dict.fromkeys(self.catalogue.parents, "– ") if name == "topic" else {}
        return [
            (code, {language: indent.get(code, "") + text for language, text in names.items()})
            for code, names in self.catalogue.names[name].items()
        ]


def _label(names, language):
    return f">{escape(names[language])}" if names.get(language) else f' lang="pl">{escape(names["pl"])}'


def day_asked(text, today):
    """Return the day that an address names, or today with the text that is no day."""
    try:
        return (DayField().clean(text), "") if text else (today, "")
    except forms.ValidationError:
        return today, text[:40]
