"""The admin as the staff's room: read-only unless opened, rights per object, moves as buttons, reads logged."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import NON_FIELD_ERRORS, FieldDoesNotExist, PermissionDenied, ValidationError
from django.db import models
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_POST

from cus_portal.accounts.permissions import BlockedError
from cus_portal.accounts.saved_filters import SavedFilter
from cus_portal.audit.log import record, record_read
from cus_portal.audit.models import AuditEvent
from cus_portal.crypto import decrypt, encrypt
from cus_portal.forms import ClockField, DayField, PortalForm, RulesAtFields, posted
from cus_portal.meanwhile import SeenRowsFormSet, SeenStateForm, fingerprint, is_stale, said_meanwhile, seen_version
from cus_portal.paging import MARK, CappedPaginator, capped_count, slice_of
from cus_portal.presence import leave_form, open_form
from cus_portal.workflow import STATE_KINDS, TransitionNotAllowed

HISTORY_ROWS, HISTORY_MARK = 50, "historia"
SEARCH_PURPOSE = "admin.search"
LAST = 100
# Django's own sentences that our catalogue says better: its Polish does not know the gender of a thing.
SAID_BETTER = (
    gettext_noop("The {name} “{obj}” was added successfully."),
    gettext_noop("The {name} “{obj}” was changed successfully."),
    gettext_noop("The {name} “{obj}” was changed successfully. You may edit it again below."),
    gettext_noop("The {name} “{obj}” was added successfully. You may add another {name} below."),
    gettext_noop("The {name} “{obj}” was changed successfully. You may add another {name} below."),
    gettext_noop("Add another %(verbose_name)s"),
)


class DeclaredAutocomplete(AutocompleteJsonView):
    """Completes the fields that an admin declares. Django would list people through any key that leads to them."""

    def process_request(self, request):
        found = super().process_request(request)
        field = found[2]
        owners = [owner for room in self.admin_site._registry.values() for owner in (room, *room.inlines)]
        if not any(owner.model is field.model and field.name in owner.autocomplete_fields for owner in owners):
            raise PermissionDenied
        return found


class PortalAdminSite(admin.AdminSite):
    index_title = gettext_lazy("Desk")
    site_title = gettext_lazy("Desk")
    enable_nav_sidebar = False
    empty_value_display = "–"

    @property
    def site_header(self):
        return f"{settings.CENTRE['short_name']} {settings.CENTRE['place']}"

    def register(self, model_or_iterable, admin_class=None, **options):
        """Open our own rooms only: what a package would show knows no rights on single objects (case 61)."""
        if admin_class is not None and issubclass(admin_class, PortalModelAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request):
        return request.user.is_active and getattr(request.user, "is_staff", False)

    def get_urls(self):
        """Leave out Django's way from any row to its page on the site: it tells whether a row exists."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def index(self, request, extra_context=None):
        """Show what waits before the list of rooms: each room says it for itself."""
        today = timezone.localdate()
        rooms = sorted(self._registry.values(), key=lambda room: getattr(room, "desk_position", LAST))
        tiles = [
            tile
            for room in rooms
            if isinstance(room, PortalModelAdmin) and room.has_module_permission(request)
            for tile in room.desk_tiles(request, on=today)
        ]
        doors = [
            (room.add_label, reverse(f"admin:{room.opts.app_label}_{room.opts.model_name}_add"))
            for room in rooms
            if getattr(room, "add_label", "") and room.has_add_permission(request)
        ]
        context = {"tiles": tiles, "doors": doors, **self.kept_lists(request), **(extra_context or {})}
        return super().index(request, context)

    def kept_lists(self, request):
        """Return the saved filters, and the rooms, each leading to the list as its reader wants it opened."""
        apps = self.get_app_list(request)
        rooms = {model["admin_url"]: model for app in apps for model in app["models"]}
        offered = SavedFilter.objects.offered_to(request.user).select_related("owner")
        saved = [(rooms[one.path], one, one.owner_id == request.user.pk) for one in offered if one.path in rooms]
        for room, one, is_own in saved:
            if is_own and one.is_default:
                room["admin_url"] = one.get_absolute_url()
        return {"saved_filters": saved, "app_list": apps}

    def get_app_list(self, request, app_label=None):
        """Return the rooms in the order of the day's work: what waits first, the directories last."""

        def position(model):
            return getattr(self._registry.get(model["model"]), "desk_position", LAST)

        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=position)
        return sorted(apps, key=lambda app: min(map(position, app["models"]), default=LAST))

    def autocomplete_view(self, request):
        return DeclaredAutocomplete.as_view(admin_site=self)(request)

    def login(self, request, extra_context=None):
        """Send to the portal's own sign-in; whoever is signed in and is no staff gets a plain refusal."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))


def always(obj):
    return True


@dataclass(frozen=True)
class Tile:
    """A number on the first page that opens the list behind it."""

    count: int
    label: str | Promise
    url: str
    kind: str


@dataclass(frozen=True)
class Move:
    """A button on an object's page.

    `action(obj, by=…, now=…, **cleaned_data)` does it. Label and right come from the workflow's row of that name;
    a move outside the workflow brings its own `label` and `permission`, and `when` says on which objects it shows.
    """

    name: str
    action: Callable
    form: type[PortalForm] = PortalForm
    label: str | Promise = ""
    permission: str = ""
    danger: bool = False
    when: Callable = always
    done: str | Promise = ""  # what is said afterwards; without it, what the history will say


class PortalChangeList(ChangeList):
    """A list that is walked by marks. Words of people, searched for or sorted by, stand in its address sealed only."""

    def __init__(self, request, model, list_display, *args, **kwargs):
        super().__init__(request, model, list_display, *args, **kwargs)
        self.search_words = opened(self.query)

    def get_results(self, request):
        self.part = slice_of(self.queryset, request.GET.get(MARK), per_page=self.list_per_page)
        self.result_list = self.part.rows
        self.result_count = capped_count(self.queryset)
        self.full_result_count = None

    def get_ordering_field(self, field_name):
        """Sort by no other column than those whose headers offer it, whatever the address says."""
        offered = self.sortable_by is None or field_name in self.sortable_by
        return super().get_ordering_field(field_name) if offered else None


class PortalTabularInline(admin.TabularInline):
    """Rows of a table in which each field bears the name of its column: its head alone names none of them."""

    def get_formset(self, request, obj=None, **kwargs):
        class NamedFormSet(super().get_formset(request, obj, **kwargs)):
            def add_fields(self, form, index):
                super().add_fields(form, index)
                for field in form.fields.values():
                    widget = getattr(field.widget, "widget", field.widget)  # inside that of a related field
                    widget.attrs.setdefault("aria-label", field.label or "")

        return NamedFormSet


class PortalModelAdmin(admin.ModelAdmin):
    """Base of every admin here.

    Shows what `visible_to(user)` gives, changes nothing unless `editable`, never deletes, logs who read what.
    With `detail_template` an object is a page of its own, without Django's form; with `searches_people` the search
    words travel by POST and stay sealed afterwards.
    """

    editable = False
    addable = False
    workflow = None
    moves: tuple[Move, ...] = ()
    past: dict[str, str | Promise] = {}
    logs_reads = True
    detail_template = ""
    searches_people = False
    add_label = ""
    desk_position = LAST
    empty_title = gettext_lazy("Nothing here")
    empty_text = ""

    actions = None
    formfield_overrides = {
        models.URLField: {"assume_scheme": "https"},
        models.DateField: {"form_class": DayField, "widget": DayField.widget},
        models.TimeField: {"form_class": ClockField, "widget": ClockField.widget},
    }
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    change_form_template = "admin/portal/change_form.html"
    change_list_template = "admin/portal/change_list.html"

    # -- rights ---------------------------------------------------------------------------------
    def _permission(self, act):
        return f"{self.opts.app_label}.{act}_{self.opts.model_name}"

    def get_queryset(self, request):
        return self.model.objects.visible_to(request.user).order_by(*self.get_ordering(request) or self.opts.ordering)

    def has_module_permission(self, request):
        return request.user.has_perm(self._permission("view"))

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(self._permission("view"), obj)

    def has_change_permission(self, request, obj=None):
        return self.editable and request.user.has_perm(self._permission("change"), obj)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Leave out the small pictures that lead away from a half-written form."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(getattr(field, "widget", None), RelatedFieldWidgetWrapper):
            field.widget.can_add_related = field.widget.can_change_related = field.widget.can_view_related = False
        return field

    def get_inline_formsets(self, request, formsets, inline_instances, obj=None):
        """Leave out a part that has no rows and gets none: a heading over nothing."""
        found = super().get_inline_formsets(request, formsets, inline_instances, obj)
        return [part for part in found if part.has_add_permission or part.formset.initial_form_count()]

    def has_add_permission(self, request):
        return self.addable and request.user.has_perm(self._permission("add"))

    def has_delete_permission(self, request, obj=None):
        return False

    def get_view_on_site_url(self, obj=None):
        """Lead straight to the public page: Django's way there answers for every row of the database."""
        return obj.get_absolute_url() if obj and self.view_on_site and hasattr(obj, "get_absolute_url") else None

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        raise Http404

    def lookup_allowed(self, lookup, value, request):
        """Let an address narrow a list by its own filters only: any other column would be a way to guess it."""
        offered = {getattr(one, "parameter_name", one) for one in self.list_filter}
        try:
            name = self.opts.get_field(lookup.partition("__")[0]).name
        except FieldDoesNotExist:
            return super().lookup_allowed(lookup, value, request)
        return name in offered

    # -- Django's own form, where it is open --------------------------------------------------------
    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        return mixed(SeenStateForm, mixed(RulesAtFields, form)) if obj else mixed(RulesAtFields, form)

    def get_formsets_with_inlines(self, request, obj=None):
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            formset.form = mixed(RulesAtFields, formset.form)
            yield (mixed(SeenRowsFormSet, formset) if obj else formset), inline

    # -- one object -----------------------------------------------------------------------------
    def change_view(self, request, object_id, form_url="", extra_context=None):
        obj = self._seen(request, object_id)
        context = {
            "seen": fingerprint(obj),
            "moves": self.buttons(request, obj),
            **self.history_context(request, obj),
            **self.state_context(obj),
            **(extra_context or {}),
        }
        if self.logs_reads and request.method == "GET":
            record_read(obj, by=request.user, screen="admin")
        if self.detail_template:
            return self.detail_view(request, obj, context)
        opened = self.has_change_permission(request, obj)
        context["others"] = open_form(request.path, by=request.user, now=timezone.now()) if opened else []
        return super().change_view(request, object_id, form_url, context)

    def response_change(self, request, obj):
        leave_form(request.path, by=request.user, now=timezone.now())
        return super().response_change(request, obj)

    def detail_view(self, request, obj, context):
        if request.method != "GET":
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": obj,
            "title": str(obj),
            "version": getattr(obj, "version", ""),
            **context,
            **self.detail_context(request, obj),
        }
        return TemplateResponse(request, self.detail_template, context)

    def detail_context(self, request, obj):
        """Return what the object's own page shows besides state, moves and history."""
        return {}

    def _seen(self, request, object_id):
        obj = self.get_object(request, object_id)
        if obj is None or not self.has_view_permission(request, obj):
            raise Http404
        return obj

    def state_context(self, obj):
        """Return what the head of the page says: state, whose move, until when, late. Empty without states."""
        if self.workflow is None:
            return {"state_label": "", "state_kind": "", "whose_move": "", "due": None, "due_words": "", "late": False}
        party, due = self.party(obj), self.due(obj)
        return {
            "state_label": obj.get_status_display(),
            "state_kind": STATE_KINDS[party],
            "whose_move": party.label,
            "due": due,
            "due_words": self.due_words(obj),
            "late": due is not None and due < timezone.localdate(),
        }

    def party(self, obj):
        """Return whose move it is. Overridden where the parts of an object know better."""
        return self.workflow.waiting_for[obj.status]

    def due(self, obj):
        """Return the next date of the object, or nothing. Overridden where there is one."""

    def due_words(self, obj):
        """Return what goes before that date. Overridden where it is not plain what is due."""
        return _("until")

    def buttons(self, request, obj):
        """Return the moves that may be made now; what cannot be undone stands last."""
        found = [
            {
                "name": move.name,
                "label": self.move_label(move),
                "danger": self.move_danger(move),
                "direct": not (move.form.base_fields or self.move_danger(move)),
                "url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_move", args=[obj.pk, move.name]),
            }
            for move in self.moves
            if self.may_move(request.user, obj, move)
        ]
        return sorted(found, key=lambda button: button["danger"])

    def move_label(self, move):
        return move.label or self.workflow[move.name].label

    def move_danger(self, move):
        return move.danger or bool(self.workflow and not move.label and self.workflow[move.name].danger)

    def may_move(self, user, obj, move):
        if not move.when(obj):
            return False
        if move.permission:
            return user.has_perm(move.permission, obj)
        step = self.workflow[move.name]
        return obj.status in step.sources and user.has_perm(step.permission, obj)

    def history_context(self, request, obj):
        """Return what was done with the object and with its parts as sentences, newest first, a page of it."""
        parts = {(one._meta.label_lower, one.pk): one for one in self.history_parts(request, obj)}
        events = AuditEvent.objects.about_any([obj, *parts.values()]).changes()
        shown = slice_of(events.order_by("-id"), request.GET.get(HISTORY_MARK), per_page=HISTORY_ROWS)
        rows = [
            {
                "at": event.at,
                "actor": event.actor_label,
                "sentence": self.part_sentence(event, part)
                if (part := parts.get((event.object_type, event.object_id)))
                else self.sentence(event),
                "reason": event.reason,
            }
            for event in shown.rows
        ]
        return {"history": rows, "history_part": shown, "history_mark": HISTORY_MARK}

    def history_parts(self, request, obj):
        """Return the objects whose history this user reads with the object's own. Overridden where there are any."""
        return []

    def part_sentence(self, event, part):
        said = self.admin_site.get_model_admin(type(part)).sentence(event)
        return f"{part}: {said[0].lower()}{said[1:]}"

    def sentence(self, event):
        name = event.action.partition(".")[2]
        labels = {move.name: self.move_label(move) for move in self.moves}
        if self.workflow:
            labels |= {step.name: step.label for step in self.workflow}
        return capfirst(self.past.get(name) or labels.get(name) or ACTS.get(name) or capfirst(name.replace("_", " ")))

    # -- moves ----------------------------------------------------------------------------------
    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        guarded = self.admin_site.admin_view
        return [
            path("<int:object_id>/move/<slug:name>/", guarded(self.move_view), name=f"{name}_move"),
            path("find/", guarded(require_POST(self.find_view)), name=f"{name}_find"),
            *super().get_urls(),
        ]

    def move_view(self, request, object_id, name):
        """Show the form of one move, and make it. A page gone stale is told who was faster, and loses nothing typed."""
        obj, now = self._seen(request, str(object_id)), timezone.now()
        move = next((move for move in self.moves if move.name == name), None)
        if move is None:
            raise Http404
        page = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])
        form = move.form(**self.move_form_kwargs(request, obj, move))
        version, meanwhile = request.POST.get("version", getattr(obj, "version", "")), []
        if request.method != "POST" and not self.may_move(request.user, obj, move):
            messages.warning(request, _("This cannot be done in the present state."))
            return redirect(page)
        if form.is_valid():
            fresh = copy(obj)
            try:
                seen_version(request, obj)
                result = move.action(obj, by=request.user, now=now, **form.cleaned_data)
            except (TransitionNotAllowed, BlockedError) as error:
                form.add_error(None, str(error))
                if is_stale(fresh, version) and (meanwhile := said_meanwhile(fresh, form)):
                    version = fresh.version  # both versions are shown: what is pressed next knows of that one
            except ValidationError as error:
                add_errors(form, error)
            else:
                leave_form(request.path, by=request.user, now=now)
                self.say_done(request, move, result)
                return redirect(self.page_after(obj, move, result))
        if self.logs_reads and request.method == "GET":
            record_read(obj, by=request.user, screen=f"move:{name}")
        context = {
            **self.admin_site.each_context(request),
            **self.state_context(obj),
            "opts": self.opts,
            "original": obj,
            "title": self.move_label(move),
            "danger": self.move_danger(move),
            "facts": self.move_facts(obj, move),
            "form": form,
            "version": version,
            "meanwhile": meanwhile,
            "others": open_form(request.path, by=request.user, now=now),
            "page": page,
            "offered": self.may_move(request.user, obj, move),
        }
        return TemplateResponse(request, "admin/portal/move.html", context)

    def say_done(self, request, move, result):
        """Say that the move was made. Overridden where it made something that is shown this once."""
        done = move.done or (f"{capfirst(self.past[move.name])}." if move.name in self.past else _("Done."))
        messages.success(request, done)

    def move_form_kwargs(self, request, obj, move):
        """Return what the move's form is built with. Overridden where a form needs the object's own choices."""
        return posted(request)

    def page_after(self, obj, move, result):
        """Return where a move leads: to the object's page, unless the move made something to go on with."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])

    def move_facts(self, obj, move):
        """Return what stands above the move's form, as rows of (term, value): what one reads before signing."""
        return []

    # -- lists ------------------------------------------------------------------------------------
    def get_changelist(self, request, **kwargs):
        return PortalChangeList

    def changelist_view(self, request, extra_context=None):
        context = {
            "add_label": self.add_label or _("Add"),
            "empty_title": self.empty_title,
            "empty_text": self.empty_text,
            "searches_people": self.searches_people,
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def find_view(self, request):
        """Take the search words by POST and lead to the list that holds them sealed; filters stay as they are."""
        query = request.GET.copy()
        query.pop(MARK, None)
        query[SEARCH_VAR] = sealed(request.POST.get(SEARCH_VAR, ""))
        if not query[SEARCH_VAR]:
            del query[SEARCH_VAR]
        return redirect(f"{self.list_url()}?{query.urlencode()}")

    def list_url(self):
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def form_page(self, request, form, *, title, template="admin/portal/form.html", **context):
        """Show a form that is no move of an object; the way back is the list, for whom there is one."""
        context |= {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "form": form}
        context["list_url"] = self.list_url() if self.has_module_permission(request) else ""
        return TemplateResponse(request, template, context)

    # -- the desk ---------------------------------------------------------------------------------
    def desk_tiles(self, request, *, on):
        """Return the Tiles that this room puts on the first page."""
        return []

    def tile(self, rows, label, kind, **query):
        """Return one Tile. Its number is counted as the list behind it counts."""
        url = self.list_url() + (f"?{urlencode(query)}" if query else "")
        return Tile(capped_count(rows), label, url, kind)

    # -- the audit in place of Django's own log ---------------------------------------------------
    def log_addition(self, request, obj, message):
        record(f"{self.opts.model_name}.add", obj, by=request.user)

    def log_change(self, request, obj, message):
        fields = [name for part in message for name in part.get("changed", {}).get("fields", [])]
        record(f"{self.opts.model_name}.change", obj, by=request.user, fields=fields)

    def history_view(self, request, object_id, extra_context=None):
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", object_id)


def mixed(mixin, kind):
    """Return a class with the mixin before it, unless it is in it."""
    return kind if issubclass(kind, mixin) else type(kind.__name__, (mixin, kind), {})


def sealed(words):
    """Return search words as they may stand in an address."""
    words = words.replace("\x00", "").strip()
    return encrypt(words[:200], purpose=SEARCH_PURPOSE) if words else ""


def opened(query):
    """Return the words of a sealed search; what is not sealed stands for itself."""
    try:
        return decrypt(query, purpose=SEARCH_PURPOSE)
    except ValueError:
        return query


def add_errors(form, error):
    """Put each error of an action at its field, or on top where the form has no such field."""
    found = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    for field, texts in found.items():
        form.add_error(field if field in form.fields else None, texts)


ACTS = {
    "add": gettext_lazy("Recorded"),
    "change": gettext_lazy("Changed"),
    "submit": gettext_lazy("Filed"),
    "consent": gettext_lazy("A consent was recorded"),
    "make": gettext_lazy("The report was made"),
    "pdf": gettext_lazy("Saved as PDF"),
    "xlsx": gettext_lazy("Saved as XLSX"),
}
