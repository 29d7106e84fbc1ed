"""What somebody sent after his session had ended: kept for a day, shown to him alone, sent again by one press."""

from datetime import timedelta

from django.http import QueryDict

from cus_portal.accounts.models import KeptForm

KEPT_FOR = timedelta(days=1)
WORDS_FROM = 4  # shorter values are codes of choices and marks of the page


def keep_form(request, *, now):
    """Keep the fields of the form, without files and secrets; return whether there was anything to keep."""
    fields = request.POST.copy()
    fields.pop("csrfmiddlewaretoken", None)
    if request.path.startswith("/konto/") or not fields or any("password" in name for name in fields):
        return False
    KeptForm.objects.update_or_create(
        user=request.user,
        defaults={
            "path": request.get_full_path(),
            "fields": fields.urlencode(),
            "had_files": bool(request.FILES),
            "kept_at": now,
        },
    )
    return True


def fields_of(kept):
    """Return the fields as pairs, in their order; a field with many values comes many times."""
    return [(name, value) for name, values in QueryDict(kept.fields).lists() for value in values]


def words_of(kept):
    """Return what a person would know again as typed by himself."""
    return [value for _name, value in fields_of(kept) if len(value) >= WORDS_FROM and not value.isdecimal()]
