"""Restricted files: who is let in, and the way in for an emergency. Conflicts of interest."""

from django.contrib import admin, messages
from django.db.models import Count, Exists, OuterRef, Q
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cus_portal.accounts.permissions import require
from cus_portal.admin import Move
from cus_portal.forms import posted
from cus_portal.throttle import hit
from residents.actions import break_glass, end_access, end_conflict, let_in, lift_restriction
from residents.admin.base import DeskAdmin, lines
from residents.models import Case, ConflictOfInterest, FileAccess, Resident, RestrictedFile, ServiceRequest
from residents.restricted_forms import BreakGlassForm, EndAccessForm, EndConflictForm, LetInForm, LiftForm

TRIES_AN_HOUR = 10
MANAGE = "residents.manage_restrictedfile"


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("alone", _("nobody works on it")), ("ended", _("restriction lifted"))]

    def queryset(self, request, queryset):
        if self.value() == "alone":
            return without_worker(queryset)
        return queryset.filter(ended_at__isnull=self.value() != "ended")


def without_worker(files):
    inside = FileAccess.objects.in_force().filter(file=OuterRef("pk"))
    return files.in_force().exclude(Exists(inside))


def in_force(file):
    return file.ended_at is None


@admin.register(RestrictedFile)
class RestrictedFileAdmin(DeskAdmin):
    addable = True
    add_label = gettext_lazy("Open a restricted file in an emergency")
    desk_position = 45
    detail_template = "admin/residents/restricted_file.html"
    list_display = ["number", "kind", "opened_at", "contents", "workers"]
    list_filter = [StateFilter, "kind"]
    empty_title = gettext_lazy("No restricted file is open to you")
    empty_text = gettext_lazy("You see a restricted file here when you have been let in.")
    moves = (
        Move(
            "let_in",
            let_in,
            LetInForm,
            label=gettext_lazy("Let a worker in"),
            permission=MANAGE,
            when=in_force,
            done=gettext_lazy("The worker finds the file now."),
        ),
        Move(
            "end_access",
            end_access,
            EndAccessForm,
            label=gettext_lazy("End a worker's access"),
            permission=MANAGE,
            when=in_force,
            done=gettext_lazy("The file is closed to that worker."),
        ),
        Move(
            "lift",
            lift_restriction,
            LiftForm,
            label=gettext_lazy("Lift the restriction"),
            permission=MANAGE,
            danger=True,
            when=in_force,
        ),
    )
    past = {
        "open": gettext_lazy("The file was restricted"),
        "let_in": gettext_lazy("A worker was let in"),
        "end_access": gettext_lazy("A worker's access was ended"),
        "lift": gettext_lazy("The restriction was lifted"),
        "break_glass": gettext_lazy("The file was opened in an emergency"),
    }

    def get_queryset(self, request):
        inside = Count("accesses", filter=Q(accesses__in=FileAccess.objects.in_force()), distinct=True)
        return super().get_queryset(request).annotate(inside=inside).prefetch_related("requests", "cases")

    def has_add_permission(self, request):
        return request.user.has_perm("residents.break_glass")

    @admin.display(description=gettext_lazy("number"))
    def number(self, file):
        return str(file)

    @admin.display(description=gettext_lazy("what is in it"))
    def contents(self, file):
        return lines([*file.requests.all(), *file.cases.all()]) or "–"

    @admin.display(description=gettext_lazy("workers let in"))
    def workers(self, file):
        return file.inside

    def detail_context(self, request, obj):
        return {
            "facts": [
                (_("Why restricted"), obj.get_kind_display()),
                (_("Restricted since"), obj.opened_at),
                (_("Restricted by"), obj.opened_by or _("the portal, when it was filed")),
                (_("Restriction lifted"), obj.ended_at),
            ],
            "contents": [
                *ServiceRequest.objects.visible_to(request.user).filter(restricted_file=obj),
                *Case.objects.visible_to(request.user).filter(restricted_file=obj),
                *Resident.objects.visible_to(request.user).filter(restricted_file=obj),
            ],
            "accesses": obj.accesses.select_related("user", "given_by"),
            "now": timezone.now(),
        }

    def add_view(self, request, form_url="", extra_context=None):
        """Open a file by its number: for a day, with a reason, and the data protection officer learns of it."""
        require(request.user, "residents.break_glass")
        now = timezone.now()
        form = BreakGlassForm(**posted(request))
        if form.is_valid():
            if not hit("break_glass", request.user.pk, limit=TRIES_AN_HOUR, minutes=60, now=now):
                form.add_error(None, _("Too many tries. Call the director or the keeper of restricted files."))
            elif found := break_glass(**form.cleaned_data, by=request.user, now=now):
                messages.success(request, _("The file is open to you for a day. The officer has been told."))
                return redirect(found.get_absolute_url())
            else:
                form.add_error("number", _("Nothing under this number can be opened this way. The try has been kept."))
        title = _("Open a restricted file in an emergency")
        return self.form_page(request, form, title=title, template="admin/residents/break_glass.html")

    def desk_tiles(self, request, *, on):
        if not request.user.has_perm(MANAGE):
            return []
        alone = without_worker(RestrictedFile.objects.visible_to(request.user))
        return [self.tile(alone, _("restricted files on which nobody works"), "mine", state="alone")]


@admin.register(ConflictOfInterest)
class ConflictOfInterestAdmin(DeskAdmin):
    desk_position = 46
    list_display = ["user", "relation", "declared_at", "ended_at"]
    list_filter = ["relation"]
    list_select_related = ["user"]
    fields = ["user", "relation", "declared_by", "declared_at", "ended_at"]
    empty_title = gettext_lazy("Nobody has declared a conflict of interest")
    moves = (
        Move(
            "end_conflict",
            end_conflict,
            EndConflictForm,
            label=gettext_lazy("It is over"),
            permission="residents.end_conflict",
            when=in_force,
            danger=True,
            done=gettext_lazy("The conflict has ended."),
        ),
    )
    past = {"end_conflict": gettext_lazy("The conflict ended")}
