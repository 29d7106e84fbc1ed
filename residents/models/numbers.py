"""The numbers by which a person is found: PESEL and its end, phone, number of a request, case sign."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidFormat, InvalidLength
from stdnum.pl import pesel as pesel_number

from cus_portal.crypto import blind_index

PHONE_DIGITS = 9
PESEL_DIGITS = 11
PESEL_ENDS = (4, 5, 6)
END_HASH = 16
# CUS-2026-0147, as people say it: with or without the prefix and the zeros.
REFERENCE = re.compile(r"(?:[A-Z]+[\s-]*)?(?P<year>20\d\d)\s*[-/ ]\s*(?P<n>\d{1,8})")
SHORT_NUMBER = re.compile(r"\d{1,4}")

# The number of a foreign document: letters and digits in one word, or in two.
DOCUMENT = re.compile(r"[A-Za-z]{1,3}[ -]?\d{5,12}[A-Za-z0-9]{0,4}")


def pesel_problem(number):
    """Return what is wrong with a PESEL number in words a person can act on, or None when it is right."""
    try:
        pesel_number.validate(number)
    except InvalidLength:
        return _("A PESEL number has 11 digits. Count them once more.")
    except InvalidFormat:
        return _("A PESEL number has digits only.")
    except InvalidComponent:
        return _("The first six digits of a PESEL number are a date of birth; this one is not a date.")
    except InvalidChecksum:
        return _("One digit of the PESEL number is wrong: its last digit does not fit the others.")
    return None


def is_valid_pesel(number):
    return pesel_problem(number) is None


def validate_pesel(number):
    if problem := pesel_problem(number):
        raise ValidationError(problem, code="invalid_pesel")


def pesel_fields(number):
    """Return the columns that hold a PESEL: the ciphertext, its blind index and those of its last digits."""
    number = pesel_number.compact(number) if number else ""
    if not number:
        return {"pesel": "", "pesel_index": "", "pesel_ends": []}
    return {"pesel": number, "pesel_index": pesel_index(number), "pesel_ends": end_indexes(number)}


def pesel_index(number):
    return blind_index(pesel_number.compact(number))


def end_indexes(number):
    return [end_index(number[-length:]) for length in PESEL_ENDS]


def end_index(digits):
    """Return the blind index of a PESEL's last digits. Short: it narrows a search down, and identifies nobody."""
    return blind_index(f"end:{digits}")[:END_HASH]


def document_index(number):
    """Return the blind index of a foreign document's number, however it was spaced."""
    return blind_index(f"document:{re.sub(r'[^0-9A-Za-z]', '', number).upper()}")


def phone_digits(text):
    """Return the digits by which a phone is found, however it was written."""
    return re.sub(r"\D", "", text)[-PHONE_DIGITS:]


def reference_in(text):
    """Return the number of a request as it is stored, or nothing when the text is no such number."""
    found = REFERENCE.fullmatch(text.strip().upper())
    return reference_of(found["year"], int(found["n"])) if found else ""


def reference_of(year, number):
    """Return the number of a request as it is stored."""
    return f"{settings.CENTRE['reference_prefix']}-{year}-{number:04d}"


def case_sign_in(text):
    """Return the case sign as it is stored, or nothing when the text is none."""
    sign = re.sub(r"\s", "", text).upper()
    return sign if sign.count(".") > 1 else ""
