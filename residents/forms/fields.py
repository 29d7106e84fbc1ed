"""What people type and attach: forgiving of spaces and dashes, clear about what is wrong."""

import re

import phonenumbers
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cus_portal.files import ALLOWED, accept
from residents.models import pesel_problem


class PeselField(forms.CharField):
    """An optional PESEL; spaces and dashes are forgiven, and what is wrong is said."""

    widget = forms.TextInput(attrs={"class": "w-short", "inputmode": "numeric", "autocomplete": "off"})

    def clean(self, value):
        number = re.sub(r"[\s-]", "", super().clean(value))
        if number and (problem := pesel_problem(number)):
            raise ValidationError(problem, code="invalid_pesel")
        return number


class PhoneField(forms.CharField):
    """A phone number as people write it; without a prefix it is a Polish one."""

    widget = forms.TextInput(attrs={"class": "w-short", "type": "tel", "autocomplete": "tel"})

    def clean(self, value):
        typed = super().clean(value)
        if not typed:
            return ""
        try:
            number = phonenumbers.parse(typed, "PL")
        except phonenumbers.NumberParseException:
            number = None
        # The library also takes short numbers of six digits; nobody can be called back on those.
        if number is None or not phonenumbers.is_possible_number(number) or _is_short_polish(number):
            raise ValidationError(
                _("This is not a phone number. A Polish one has 9 digits; a foreign one begins with + and its prefix."),
                code="invalid_phone",
            )
        style = phonenumbers.PhoneNumberFormat
        return phonenumbers.format_number(number, style.NATIONAL if number.country_code == 48 else style.INTERNATIONAL)


def _is_short_polish(number):
    return number.country_code == 48 and len(str(number.national_number)) != 9


class PostalCodeField(forms.RegexField):
    widget = forms.TextInput(attrs={"class": "w-short", "inputmode": "numeric", "autocomplete": "postal-code"})
    default_error_messages = {"invalid": _("A postal code has five digits: 24-200.")}

    def __init__(self, **kwargs):
        super().__init__(regex=r"^\d{2}-\d{3}$", **kwargs)

    def to_python(self, value):
        typed = re.sub(r"\s", "", super().to_python(value))
        return re.sub(r"^(\d{2})(\d{3})$", r"\1-\2", typed)


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


def _file_limits():
    return gettext("PDF, JPG or PNG: a photo taken with a phone is fine. At most %(count)d files of %(size)s each.") % {
        "count": settings.ATTACHMENTS_PER_UPLOAD,
        "size": f"{settings.ATTACHMENT_MAX_BYTES // 2**20} MB",
    }


class FilesField(forms.FileField):
    """Several files at once; each is checked by what it holds, not by its name. Gives them as they may be kept."""

    widget = FilesInput(attrs={"multiple": True, "accept": ",".join(f".{ending}" for ending in ALLOWED.values())})

    def __init__(self, **kwargs):
        kwargs.setdefault("help_text", lazy(_file_limits, str)())
        super().__init__(max_length=255, **kwargs)

    def clean(self, data, initial=None):
        uploads = [upload for upload in data or [] if upload]
        if not uploads:
            return super().clean(None, initial) or []
        if len(uploads) > settings.ATTACHMENTS_PER_UPLOAD:
            raise ValidationError(
                _("You chose %(count)d files; at most %(limit)d can be sent at once."),
                code="too_many",
                params={"count": len(uploads), "limit": settings.ATTACHMENTS_PER_UPLOAD},
            )
        accepted, problems = [], []
        for upload in uploads:
            try:
                accepted.append(accept(upload))
            except ValidationError as problem:
                problems.extend(problem.error_list)
        if problems:
            raise ValidationError(problems)
        return accepted
