"""Services: the entries of the catalogue, with everything that belongs to them."""

from django.contrib import admin
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce, Least
from django.forms import CheckboxSelectMultiple
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cus_portal.accounts.models import Institution
from cus_portal.admin import Move
from cus_portal.templatetags.portal import day, tag
from services import actions
from services.admin import versions
from services.admin.base import EntryAdmin, HoursShown, StateFilter
from services.admin.exchange import ExchangeRoom
from services.admin.packages import PackageRoom
from services.admin.parts import (
    BasisInline,
    ContactInline,
    DocumentInline,
    EligibilityInline,
    ExceptionInline,
    HoursInline,
    StepInline,
    TextInline,
)
from services.admin.starting import StartingRoom
from services.content import content_of, with_content
from services.differences import Names, differences
from services.forms import AloneForm, ReasonForm, SendBackForm, ServiceForm, SubmitEntryForm
from services.models import Location, ProgrammeService, Service, ServiceVersion, Status
from services.quality import quality_of
from services.review import submission_of
from services.workflow import SERVICE

TO_CHECK = "due"
WORST_FIRST = "3"  # by the column of the score
# What only the centre decides about an entry; a partner's editor neither sees nor writes it.
CENTRES_OWN = {
    *("code", "slug", "provider", "instead", "place_is_confidential", "featured", "evidence", "evidence_source"),
    *("review_every", "editor", "supporting_action"),
}


class CheckFilter(admin.SimpleListFilter):
    title = gettext_lazy("last check")
    parameter_name = "check"

    def lookups(self, request, model_admin):
        return [(TO_CHECK, _("to be checked"))]

    def queryset(self, request, queryset):
        return queryset.to_check(timezone.localdate()) if self.value() == TO_CHECK else queryset


class AloneFilter(admin.SimpleListFilter):
    title = gettext_lazy("second person")
    parameter_name = "alone"

    def lookups(self, request, model_admin):
        return [("1", _("published without one"))]

    def queryset(self, request, queryset):
        alone = ServiceVersion.objects.filter(published_alone=True).values("service")
        return queryset.filter(pk__in=alone) if self.value() == "1" else queryset


def told(change):
    """Return a change as a list: each line says in words whether it goes or comes."""
    rows = [(_("Taken out:"), line) for line in change.taken_out] + [(_("Put in:"), line) for line in change.put_in]
    return format_html("<ul>{}</ul>", format_html_join("", "<li><strong>{}</strong> {}</li>", rows))


@admin.register(Service)
class ServiceAdmin(StartingRoom, PackageRoom, ExchangeRoom, HoursShown, EntryAdmin):
    form = ServiceForm
    workflow = SERVICE
    waiting_label = gettext_lazy("entries wait for your review")
    change_form_template = "admin/services/service.html"
    moves = (
        Move("publish", actions.publish_service, done=gettext_lazy("The service is public now.")),
        Move("send_back", actions.send_service_back, SendBackForm, done=gettext_lazy("Its author can mend it now.")),
        Move(
            "submit", actions.submit_service, SubmitEntryForm, done=gettext_lazy("A second person will look at it now.")
        ),
        Move("take_back", actions.take_service_back, done=gettext_lazy("You can go on writing.")),
        Move(
            "revise",
            actions.revise_service,
            done=gettext_lazy(
                "You can write now. Until a second person publishes it, people read the entry as it was."
            ),
        ),
        Move("confirm", actions.confirm_service, done=gettext_lazy("Written down: checked today.")),
        Move("discard", actions.discard_changes, done=gettext_lazy("The entry is again what people read.")),
        Move(
            "publish_alone", actions.publish_service_alone, AloneForm, done=gettext_lazy("The service is public now.")
        ),
        Move("archive", actions.archive_service, ReasonForm, done=gettext_lazy("The service has left the catalogue.")),
        Move("reopen", actions.reopen_service, ReasonForm, done=gettext_lazy("The service is in the catalogue again.")),
    )
    past = {"copy": gettext_lazy("Begun as a copy of another entry")}
    inlines = [
        *(BasisInline, EligibilityInline, DocumentInline, StepInline, ContactInline),
        *(HoursInline, ExceptionInline, TextInline),
    ]
    list_display = ["plain_name", "code", "state", "score_cell", "checked", "in_force_until"]
    list_filter = [StateFilter, CheckFilter, AloneFilter, "areas", "target_groups", "evidence"]
    list_select_related = ["provider"]
    ordering = ["name_sort", "pk"]
    search_fields = ["search_name"]
    search_help_text = gettext_lazy("Any words of the description, also without Polish letters.")
    autocomplete_fields = ["provider", "instead"]
    prepopulated_fields = {"slug": ["plain_name"]}
    fieldsets = [
        (
            gettext_lazy("Name"),
            {"fields": ["plain_name", "summary", "description", "keywords", "name", "code", "slug"]},
        ),
        (
            gettext_lazy("For whom"),
            {
                "fields": [
                    *("for_whom", "target_groups", "recipients", "certificate", "otherwise", "instead"),
                    *("localities", "areas", "topics", "supporting_action"),
                ],
                "classes": ["collapse"],
            },
        ),
        (
            gettext_lazy("Where and how"),
            {
                "fields": [
                    *("provider", "provider_note", "delivery_modes", "format", "locations", "place_is_confidential"),
                    *("phone", "website", "direct_entry", "direct_entry_note", "hours_text"),
                    *("languages", "quality_standard"),
                ],
                "classes": ["collapse"],
            },
        ),
        (gettext_lazy("Easy to read"), {"fields": ["easy_text", "sign_film"], "classes": ["collapse"]}),
        (
            gettext_lazy("Care of the entry"),
            {
                "fields": ["editor", "review_every", "evidence", "evidence_source", "featured"],
                "classes": ["collapse"],
            },
        ),
    ]

    # -- lists ------------------------------------------------------------------------------------
    def get_list_filter(self, request):
        """An editor elsewhere has a handful of entries: their state and their last check are what he asks for."""
        return self.list_filter if request.user.works_at_centre() else [StateFilter, CheckFilter]

    def get_queryset(self, request):
        today = timezone.localdate()
        rows = ProgrammeService.objects.in_force(today).filter(service=OuterRef("pk")).order_by("-valid_from", "pk")
        until = Least(Coalesce("valid_to", F("programme__valid_to")), Coalesce("programme__valid_to", F("valid_to")))
        return (
            super()
            .get_queryset(request)
            .with_score(ServiceVersion.objects.current(), on=today)
            .annotate(
                row_since=Subquery(rows.values("valid_from")[:1]), row_until=Subquery(rows.values(until=until)[:1])
            )
        )

    def get_search_results(self, request, queryset, search_term):
        return queryset.matching(search_term), False

    @admin.display(description=gettext_lazy("in force until"), ordering="row_until")
    def in_force_until(self, service):
        if service.row_since is None:
            return _("not in force")
        return day(service.row_until) or _("no end set")

    @admin.display(description=gettext_lazy("quality"), ordering="score")
    def score_cell(self, service):
        return "–" if service.score is None else _("%(score)s of 100") % {"score": service.score}

    @admin.display(description=gettext_lazy("last checked"), ordering="check_due")
    def checked(self, service):
        if service.status != Status.ARCHIVED and service.check_due <= timezone.localdate():
            return format_html("{} {}", day(service.reviewed_on), tag("late", _("to be checked")))
        return day(service.reviewed_on)

    def desk_tiles(self, request, *, on):
        if not request.user.has_perm("services.revise_service"):
            return super().desk_tiles(request, on=on)
        due = Service.objects.visible_to(request.user).to_check(on)
        return [
            *super().desk_tiles(request, on=on),
            self.tile(due, _("entries have to be checked"), "late", check=TO_CHECK, o=WORST_FIRST),
        ]

    # -- one entry --------------------------------------------------------------------------------
    def state_context(self, obj):
        """Of a partner's draft the state cannot say whose move it is: his own editor writes it, or the centre."""
        context = super().state_context(obj)
        is_partners = obj.status == Status.DRAFT and not obj.provider.is_centre
        return context | {"whose_move": ""} if is_partners else context

    def has_change_permission(self, request, obj=None):
        """Let a form that was open while the entry moved on come back with what was typed: its clean() refuses it."""
        if obj is not None and request.method == "POST" and request.resolver_match.url_name.endswith("_change"):
            return self.editable and request.user.has_perm("services.change_service") and self._reaches(request, obj)
        return super().has_change_permission(request, obj)

    def _reaches(self, request, service):
        return request.user.has_perm("services.revise_service", service)

    def get_fieldsets(self, request, obj=None):
        if request.user.has_perm("services.publish_service") or not request.user.has_perm("services.change_service"):
            return self.fieldsets
        hidden = CENTRES_OWN if obj else CENTRES_OWN - {"provider"}  # of a new entry it is known for whom it is
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name not in hidden]})
            for title, options in self.fieldsets
            if not hidden.issuperset(options["fields"])
        ]

    def get_inlines(self, request, obj):
        """Leave out of a new entry the bases, where the centre writes them later."""
        may_write = obj or request.user.has_perm("services.add_programmeservice")
        return [inline for inline in self.inlines if may_write or inline is not BasisInline]

    def get_autocomplete_fields(self, request):
        return self.autocomplete_fields if request.user.has_perm("services.publish_service") else ()

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """Let a partner's editor propose an entry of his own institution."""
        reach = request.user.reach_of("services.add_service")
        if db_field.name == "provider" and reach is not None:
            own = Institution.objects.filter(pk__in=reach).order_by("name_sort", "pk")
            kwargs |= {"queryset": own, "initial": own.first(), "empty_label": None}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj or not request.user.has_perm("services.publish_service") else self.prepopulated_fields

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        kwargs["widget"] = CheckboxSelectMultiple
        if db_field.name == "locations":
            kwargs["queryset"] = Location.objects.visible_to(request.user).order_by("name_sort", "pk")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        if not change and not request.user.has_perm("services.publish_service"):
            actions.propose_service(obj, by=request.user, now=timezone.now())
            return
        if not change:
            obj.reviewed_on = timezone.localdate()
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        """Keep the places that this person may not know, and the hours as they were typed."""
        service = form.instance
        hidden = list(service.locations.exclude(pk__in=Location.objects.visible_to(request.user).values("pk")))
        super().save_related(request, form, formsets, change)
        service.locations.add(*hidden)
        if "hours_text" in form.changed_data:
            actions.write_hours_of(service, form.cleaned_data["hours_text"])

    def change_view(self, request, object_id, form_url="", extra_context=None):
        service = self._seen(request, object_id)
        content = content_of(with_content(Service.objects.filter(pk=service.pk)).get())
        context = {
            "quality": quality_of(content, timezone.localdate()),
            "changes": self.changes(request, service, content),
            "agreements": self.agreements(request, service),
            "submission": submission_of(service) if service.status == Status.REVIEW else None,
        }
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    def changes(self, request, service, content):
        """Return what differs from what is public, while the entry is a draft or waits for review."""
        if service.status not in (Status.DRAFT, Status.REVIEW):
            return []
        public = ServiceVersion.objects.current().filter(service=service).first()
        return differences(public.content, content, Names(Location.objects.visible_to(request.user))) if public else []

    def agreements(self, request, service):
        rows = service.agreements.visible_to(request.user).select_related("institution")
        return [(one.subject, one.institution.short_name, one.valid_to) for one in rows]

    def move_facts(self, obj, move):
        """Show to whoever publishes what becomes public by it, and what its author says of it."""
        if move.name not in ("publish", "publish_alone"):
            return []
        submission = submission_of(obj)
        content = content_of(with_content(Service.objects.filter(pk=obj.pk)).get())
        public = ServiceVersion.objects.current().filter(service=obj).first()
        facts = [(_("What has changed, and why"), submission.reason)] if submission and submission.reason else []
        if public is None:
            return [*facts, (_("Until now"), _("never public"))]
        names = Names(Location.objects.all())
        return facts + [(one.label, told(one)) for one in differences(public.content, content, names)]

    def get_urls(self):
        guarded = self.admin_site.admin_view
        return [
            path(
                "<int:object_id>/versions/",
                guarded(lambda request, object_id: versions.version_list(request, self, object_id)),
                name="services_service_versions",
            ),
            path(
                "<int:object_id>/versions/<int:number>/",
                guarded(lambda request, object_id, number: versions.version_detail(request, self, object_id, number)),
                name="services_service_version",
            ),
            path(
                "<int:object_id>/compare/",
                guarded(lambda request, object_id: versions.compare(request, self, object_id)),
                name="services_service_compare",
            ),
            *super().get_urls(),
        ]
