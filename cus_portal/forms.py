"""The base of every form: one helper, one set of limits, clear words about what is wrong."""

import re
import unicodedata
from collections import defaultdict
from datetime import date

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from cus_portal.db import fold

LINE_LIMIT = 200
TEXT_LIMIT = 4000
# Marks that turn the direction of writing can make a text read as another one.
DIRECTION_MARKS = {chr(code) for code in (0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def refuse_hidden_characters(text: str) -> None:
    """Refuse characters nobody can see, except line ends and tabs."""
    for character in text:
        if character in "\n\r\t":
            continue
        if unicodedata.category(character) in ("Cc", "Cs", "Cn", "Co") or character in DIRECTION_MARKS:
            raise ValidationError(
                _("The text contains characters that cannot be seen. Type this part again by hand."),
                code="hidden_characters",
            )


class LengthLimit(MaxLengthValidator):
    """Says what to do, not what a value is."""

    message = _("This is too long: at most %(limit_value)d characters fit, and there are %(show_value)d. Shorten it.")


DASHES = "-" * 9  # Django's empty choice: says nothing, least of all when it is read aloud


class PortalFormMixin:
    """Goes before any form class of Django's: limits, helper, words."""

    mark_optional = True
    needed_sometimes: tuple[str, ...] = ()  # fields asked for with some answers only: not called optional
    use_required_attribute = False

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if field.error_messages["required"] == forms.Field.default_error_messages["required"]:
                chosen = isinstance(field, forms.ChoiceField) or hasattr(field, "queryset")
                field.error_messages["required"] = _("Choose one of these.") if chosen else _("Fill this in.")
            if isinstance(field, forms.CharField) and not isinstance(field, forms.UUIDField | forms.JSONField):
                self._limit_text(field)
            field.is_needed_sometimes = name in self.needed_sometimes
            if getattr(field, "empty_label", None) == DASHES:
                field.empty_label = _("choose from the list") if field.required else _("none chosen")

    @property
    def helper(self) -> FormHelper:
        """The template writes <form> and the CSRF token; the helper draws summary and fields."""
        helper = FormHelper(self)
        helper.form_tag = False
        helper.disable_csrf = True
        helper.include_media = False
        layout = self.layout()
        if layout is not None:
            helper.layout = layout
        return helper

    def layout(self):
        """Return a crispy Layout; nothing means all fields in their order."""

    def _limit_text(self, field) -> None:
        many_lines = isinstance(field.widget, forms.Textarea)
        if field.max_length is None:
            field.max_length = TEXT_LIMIT if many_lines else LINE_LIMIT
        others = [validator for validator in field.validators if not isinstance(validator, MaxLengthValidator)]
        field.validators = [*others, LengthLimit(field.max_length)]
        if many_lines and field.widget.attrs.get("rows") == "10":
            field.widget.attrs["rows"] = "5"
        # The browser would cut a pasted text without a word; we say what is too long instead.
        field.widget.attrs.pop("maxlength", None)
        if not any(validator is refuse_hidden_characters for validator in field.validators):
            field.validators.insert(0, refuse_hidden_characters)

    def _clean_fields(self):
        """Write each letter in one way. A few become two, so what was not too long may be so now."""
        super()._clean_fields()
        for name, value in list(self.cleaned_data.items()):
            if isinstance(value, str):
                self.cleaned_data[name] = unicodedata.normalize("NFC", value)
                if limit := getattr(self.fields[name], "max_length", None):
                    self._refuse_longer(name, limit)

    def _refuse_longer(self, name, limit) -> None:
        try:
            MaxLengthValidator(limit)(self.cleaned_data[name])
        except ValidationError as error:
            self.add_error(name, error)


class PortalForm(PortalFormMixin, forms.Form):
    pass


def posted(request) -> dict:
    """Return what binds a form by a POST, even an empty one; a form that is only looked at stays unbound."""
    return {"data": request.POST, "files": request.FILES} if request.method == "POST" else {}


class RulesAtFields:
    """Goes before a model form: a broken constraint is said at the field that it names as its error's code."""

    def _update_errors(self, errors):
        found = defaultdict(list)
        for name, several in errors.update_error_dict({}).items():
            for error in several:
                found[error.code if name == NON_FIELD_ERRORS and error.code in self.fields else name].append(error)
        super()._update_errors(ValidationError(found))


class PortalModelForm(PortalFormMixin, RulesAtFields, forms.ModelForm):
    pass


class FilterForm(PortalForm):
    """For FilterSet.Meta.form: nothing is required, so nothing is marked as optional."""

    mark_optional = False


# How the names of the months begin, in Polish, Ukrainian and English, and the Roman numbers people write for them.
MONTHS = [
    *("sty січ jan", "lut лют feb", "mar бер", "kwi кві apr", "maj тра may", "cze чер jun"),
    *("lip лип jul", "sie сер aug", "wrz вер sep", "paz жов oct", "lis лис nov", "gru гру dec"),
]
ROMAN = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"]
TYPED_DAY = re.compile(
    r"(?P<day>\d{1,2})(?:[\s./-]+(?P<month>\d{1,2})[\s./-]+|[\s./-]*(?P<name>[^\W\d_]+)[\s./-]*)(?P<year>\d{4}|\d{2})"
    r"(?:\s*(?:r\.?|roku|року|р\.?))?"
)


class ClockField(forms.TimeField):
    """A time typed by hand, as people write it: 8:00, 8.00, 8."""

    widget = forms.TimeInput(format="%H:%M", attrs={"class": "w-short", "inputmode": "numeric"})
    default_error_messages = {"invalid": _("There is no such time. Write it like this: 8:00.")}

    def to_python(self, value):
        if isinstance(value, str):
            value = re.sub(r"^(\d{1,2})[.,](\d{2})$", r"\1:\2", value.strip())
            value = f"{value}:00" if re.fullmatch(r"\d{1,2}", value) else value
        return super().to_python(value)


LAST_SHORT_YEAR = 59  # 59 is 2059; 60 may as well be 1960


class DayField(forms.DateField):
    """A day typed by hand, as people write it: 12.11.2026, 12-11-26, 12 listopada 2026, 12 XI 2026, 2026-11-12.

    A year of two digits is one of this century; of a date of birth it may be either, so four are asked for.
    """

    FIRST, LAST = date(1800, 1, 1), date(2200, 12, 31)  # terms are counted from days: far ones have no calendar

    widget = forms.DateInput(format="%d.%m.%Y", attrs={"class": "w-short", "inputmode": "decimal"})
    default_error_messages = {
        "invalid": _("There is no such day. Write it like this: 12.11.2026."),
        "short_year": _("Write the day with dots and the year with four digits, like this: 12.11.2026."),
    }
    of_birth = {
        "invalid": _("There is no such day. Write it like this: 12.11.1948."),
        "short_year": _("Write the day with dots and the year with four digits, like this: 12.11.1948."),
    }

    def __init__(self, *, is_birth=False, **kwargs):
        kwargs.setdefault("input_formats", ["%d.%m.%Y", "%Y-%m-%d"])
        if is_birth:
            kwargs.setdefault("error_messages", self.of_birth)
        super().__init__(**kwargs)
        self.is_birth = is_birth

    def to_python(self, value):
        day = super().to_python(self._in_digits(value.strip()) if isinstance(value, str) else value)
        if day and not self.FIRST <= day <= self.LAST:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return day

    def _in_digits(self, typed):
        """Return a day in digits and dots; what is no day as it was typed."""
        if re.fullmatch(r"\d{8}", typed):
            return f"{typed[:2]}.{typed[2:4]}.{typed[4:]}"
        found = TYPED_DAY.fullmatch(fold(typed))
        month = found and (found["month"] or _month_of(found["name"]))
        if re.fullmatch(r"\d{6}", typed) or (month and self._is_year_open(found["year"])):
            raise ValidationError(self.error_messages["short_year"], code="short_year")
        if not month:
            return typed
        year = found["year"] if len(found["year"]) > 2 else f"20{found['year']}"
        return f"{found['day']}.{month}.{year}"

    def _is_year_open(self, year):
        """Tell whether these digits may mean more than one year."""
        return len(year) == 2 and (self.is_birth or int(year) > LAST_SHORT_YEAR)


def _month_of(name):
    """Return the number of the month whose name begins so, or None."""
    if name in ROMAN:
        return ROMAN.index(name) + 1
    return next((number for number, starts in enumerate(MONTHS, 1) if name[:3] in fold(starts).split()), None)
