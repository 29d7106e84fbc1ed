"""What somebody else saved while a form was open: it refuses to be written over unseen, and both versions are shown."""

import re

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext as _


class SeenStateForm:
    """Goes before a model form of the admin: refuses to write over what somebody saved since the page was opened.

    What is saved now stands as rows of (term, value) in `meanwhile`; the next press is made in the knowledge of it.
    """

    meanwhile = ()

    def clean(self):
        data = super().clean()
        if self.data.get("seen", fingerprint(self.instance)) != fingerprint(self.instance):
            columns = {field.name for field in (*self._meta.model._meta.fields, *self._meta.model._meta.many_to_many)}
            differs = [name for name in self.changed_data if name in columns]
            self.meanwhile = [(self.fields[name].label, shown(self.instance, name)) for name in differs]
            raise ValidationError(
                _(
                    "Somebody has changed this meanwhile. What it says now stands on top, and what you typed is kept."
                    " Save again to write yours."
                ),
                code="stale",
            )
        return data


class SeenRowsFormSet:
    """Goes before the formset of rows inside a form of the admin, with the rule of SeenStateForm for each row.

    A row that somebody took out meanwhile comes back as a new one, last and with what was typed.
    """

    meanwhile = ()
    lost = False

    def __init__(self, data=None, *args, **kwargs):
        super().__init__(data, *args, **kwargs)
        if self.is_bound:
            self._put_lost_rows_last()

    @property
    def seen(self):
        """Return what the page keeps of the rows it shows: a short hash of each."""
        return " ".join(f"{pk}.{mark}" for pk, mark in self._marks.items())

    @cached_property
    def _marks(self):
        return {str(form.instance.pk): row_mark(form) for form in self.initial_forms if form.instance.pk}

    def clean(self):
        seen = dict(one.partition(".")[::2] for one in self.data.get(f"{self.prefix}-seen", "").split())
        stale = [form for form in self.initial_forms if form.has_changed() and self._is_stale(form, seen)]
        self.meanwhile = [line for form in stale for line in self._lines(form)]
        if stale or self.lost:
            raise ValidationError(list(self._told(stale)), code="stale")
        super().clean()

    def _told(self, stale):
        if stale:
            yield _(
                "Somebody has changed rows of this part meanwhile. What they say now stands on top, and what you typed"
                " is kept. Save again to write yours."
            )
        if self.lost:
            yield _(
                "Somebody has taken out rows of this part meanwhile. They stand last now, with what you have in them:"
                " remove them, or save again to write them as new ones."
            )

    def _is_stale(self, form, seen):
        pk = str(form.instance.pk)
        return pk in seen and seen[pk] != self._marks[pk]

    def _lines(self, form):
        """Yield as (term, value) what the row says now where something else was typed, or all of it before it goes."""
        saved = self.model._base_manager.get(pk=form.instance.pk)
        columns = {field.name for field in (*self.model._meta.fields, *self.model._meta.many_to_many)}
        for name, field in form.fields.items():
            if (
                name in columns
                and not field.widget.is_hidden
                and (name in form.changed_data or form in self.deleted_forms)
            ):
                yield f"{saved}: {field.label}", shown(saved, name)

    def _put_lost_rows_last(self):
        """Count the rows that somebody took out as new ones, where the browser still believes them saved."""
        count = self.data.get(f"{self.prefix}-INITIAL_FORMS", "")
        if not re.fullmatch(r"[0-9]{1,4}", count):
            return
        pk = self.model._meta.pk.name
        saved = {str(row.pk) for row in self.get_queryset()}
        posted = [self.data.get(f"{self.prefix}-{number}-{pk}", "") for number in range(int(count))]
        gone = [number for number, key in enumerate(posted) if key and key not in saved]
        if not gone:
            return
        self.lost = True
        kept = [number for number in range(len(posted)) if number not in gone]
        places = {old: new for new, old in enumerate([*kept, *gone])}
        data = self.data.copy()
        for key in [key for key in data if key.startswith(f"{self.prefix}-")]:
            found = re.fullmatch(r"([0-9]{1,4})-(.+)", key.removeprefix(f"{self.prefix}-"))
            if found and int(found[1]) in places:
                del data[key]
        for number, place in places.items():
            start = f"{self.prefix}-{number}-"
            for key in [key for key in self.data if key.startswith(start)]:
                values = [""] if number in gone and key == f"{start}{pk}" else self.data.getlist(key)
                data.setlist(f"{self.prefix}-{place}-{key.removeprefix(start)}", values)
        data[f"{self.prefix}-INITIAL_FORMS"] = str(len(kept))
        self.data = data


def row_mark(form):
    """Return a short hash of what a row's form began with: no query is made for it, however many rows."""
    said = {
        name: sorted(one.pk if isinstance(one, Model) else one for one in value) if isinstance(value, list) else value
        for name, value in form.initial.items()
    }
    return salted_hmac("cus_portal.admin.seen.row", repr(said), algorithm="sha256").hexdigest()[:16]


def shown(obj, name):
    """Return the value of a field as people read it."""
    field = obj._meta.get_field(name)
    if field.many_to_many:
        return ", ".join(str(one) for one in getattr(obj, name).all())
    value = getattr(obj, f"get_{name}_display", lambda: getattr(obj, name))()
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "–" if value in ("", None) else value


def fingerprint(obj):
    """Return a short hash of the row and of what it leads to. A sign-in is no change of a person."""
    values = {field.attname: getattr(obj, field.attname) for field in obj._meta.concrete_fields}
    values.pop("last_login", None)
    for field in obj._meta.many_to_many:
        values[field.name] = sorted(getattr(obj, field.name).order_by().values_list("pk", flat=True))
    return salted_hmac("cus_portal.admin.seen", repr(values), algorithm="sha256").hexdigest()[:16]


def seen_version(request, obj):
    """Let a move start from the version the person saw, so that a change since then refuses it."""
    version = request.POST.get("version", "")
    if re.fullmatch(r"[0-9]{1,9}", version) and hasattr(obj, "version"):
        obj.version = int(version)


def is_stale(fresh, version):
    return str(getattr(fresh, "version", "")) != str(version)


def said_meanwhile(fresh, form):
    """Return as rows of (term, value) what the object says now where something else was typed.

    Only of a form that begins with what the object says: whoever does something else with it looks at it anew.
    """
    columns = {field.name for field in fresh._meta.concrete_fields} & form.initial.keys() & form.cleaned_data.keys()
    begun = [name for name in form.fields if name in columns and form.initial[name] == getattr(fresh, name)]
    return [
        (form.fields[name].label, shown(fresh, name)) for name in begun if form.cleaned_data[name] != form.initial[name]
    ]
