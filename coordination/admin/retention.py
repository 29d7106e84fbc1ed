"""How long what is on record is kept, and how it goes: terms, holds, destruction lists."""

from itertools import groupby

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.actions import retention
from coordination.documents import destruction_document
from coordination.forms_retention import ConsentForm, HoldForm, ReasonForm, TakeOffForm
from coordination.models import DestructionList, RetentionHold, RetentionRule
from coordination.workflow import DESTRUCTION
from cus_portal.accounts.permissions import require
from cus_portal.admin import Move, PortalModelAdmin, add_errors
from cus_portal.audit.log import record
from cus_portal.exports import file_response
from cus_portal.forms import PortalForm, posted
from cus_portal.paging import slice_of

LINES_SHOWN, LINES_MARK, OFF_MARK = 100, "pozycje", "zdjete"


@admin.register(RetentionRule)
class RetentionRuleAdmin(PortalModelAdmin):
    """The terms as the filing plan agreed with the State Archive has them: ended and followed, not overwritten."""

    editable = addable = True
    logs_reads = False
    desk_position = 54
    list_display = ["kind", "filing_class", "kept", "needs_consent", "valid_from", "valid_to"]
    list_display_links = ["kind"]
    sortable_by = ()
    fields = [
        "kind",
        "filing_class",
        "category",
        "years",
        "needs_consent",
        "legal_source",
        "valid_from",
        "valid_to",
    ]
    add_label = gettext_lazy("New term of keeping")
    empty_title = gettext_lazy("No term of keeping is written down")
    empty_text = gettext_lazy("Without a term nothing is ever taken out. Write down those of your filing plan (JRWA).")

    @admin.display(description=gettext_lazy("archive category"))
    def kept(self, rule):
        return f"{rule.category}{'' if rule.years is None else rule.years}"


@admin.register(RetentionHold)
class RetentionHoldAdmin(PortalModelAdmin):
    addable = True
    add_label = gettext_lazy("Hold something back from removal")
    desk_position = 53
    list_display = ["number", "kind", "ground", "review_on", "lifted_at"]
    list_filter = ["ground"]
    fields = ["number", "kind", "ground", "reason", "review_on", "placed_by", "placed_at", "lifted_at", "lifted_by"]
    readonly_fields = fields
    empty_title = gettext_lazy("Nothing is held")
    empty_text = gettext_lazy(
        "A court, an appeal or a complaint may still need what has reached its term: hold it here."
    )
    moves = (
        Move(
            "lift",
            retention.lift_hold,
            ReasonForm,
            label=gettext_lazy("End the hold"),
            permission="coordination.change_retentionhold",
            when=lambda hold: hold.lifted_at is None,
            danger=True,
            done=gettext_lazy("The hold has ended. The term counts again."),
        ),
    )
    past = {"add": gettext_lazy("Held"), "lift": gettext_lazy("The hold ended")}

    def add_view(self, request, form_url="", extra_context=None):
        """Hold a record by its number."""
        require(request.user, "coordination.add_retentionhold")
        form = HoldForm(**posted(request))
        if form.is_valid():
            try:
                hold = retention.place_hold(**form.cleaned_data, by=request.user, now=timezone.now())
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, _("It is held until somebody ends the hold."))
                return redirect(hold.get_absolute_url())
        return self.form_page(request, form, title=self.add_label, template="admin/coordination/hold.html")


def is_ripe(made):
    return made.may_be_signed_from <= timezone.localdate()


@admin.register(DestructionList)
class DestructionListAdmin(PortalModelAdmin):
    workflow = DESTRUCTION
    desk_position = 52
    detail_template = "admin/coordination/destruction_list.html"
    list_display = ["number", "state", "standing", "drawn_up_on", "object_until"]
    list_filter = ["status"]
    empty_title = gettext_lazy("No destruction list yet")
    empty_text = gettext_lazy("The portal draws a list up by itself when the first term has ended.")
    moves = (
        Move("take_off", retention.take_off_line, TakeOffForm, done=gettext_lazy("The line is off the list.")),
        Move("consent", retention.record_archive_consent, ConsentForm, done=gettext_lazy("The consent is recorded.")),
        Move(
            "sign",
            retention.sign_list,
            PortalForm,
            when=is_ripe,
            done=gettext_lazy("The list is signed. What stands on it is taken out within minutes, and for ever."),
        ),
        Move("abandon", retention.abandon_list, ReasonForm, done=gettext_lazy("The list is given up.")),
    )
    past = {
        "add": gettext_lazy("Drawn up"),
        "take_off": gettext_lazy("A line was taken off"),
        "consent": gettext_lazy("The consent of the State Archive was recorded"),
        "sign": gettext_lazy("Signed"),
        "abandon": gettext_lazy("Given up"),
        "take_out": gettext_lazy("A record was taken out"),
        "finish": gettext_lazy("Carried out"),
        "pdf": gettext_lazy("Saved as PDF"),
    }

    def get_queryset(self, request):
        standing = Count("lines", filter=Q(lines__taken_off_at=None))
        return super().get_queryset(request).annotate(lines_standing=standing)

    def get_urls(self):
        guarded = self.admin_site.admin_view
        return [
            path("<int:pk>/pdf/", guarded(self.pdf_view), name="coordination_destructionlist_pdf"),
            *super().get_urls(),
        ]

    def desk_tiles(self, request, *, on):
        waiting = DestructionList.objects.visible_to(request.user).open()
        return [self.tile(waiting, gettext_lazy("destruction lists to look through"), "mine")] if waiting else []

    def due(self, obj):
        return obj.object_until if obj.status == DestructionList.Status.OPEN else None

    def due_words(self, obj):
        return _("lines may be taken off until")

    def state_context(self, obj):
        """The day by which to object is no day to be late for: after it the list may be signed."""
        return super().state_context(obj) | {"late": False}

    def move_form_kwargs(self, request, obj, move):
        kwargs = super().move_form_kwargs(request, obj, move)
        if move.name == "take_off":
            chosen = request.POST.get("line") or request.GET.get("line", "")
            kwargs |= {"lines": self.lines_to_choose(obj, chosen), "initial": {"line": chosen}}
        return kwargs

    @staticmethod
    def lines_to_choose(obj, chosen):
        """Return the line that was chosen on the list's page; without one the first, as many as a page shows."""
        standing = obj.lines.standing()
        if chosen.isascii() and chosen.isdigit() and len(chosen) < 19:
            return standing.filter(pk=chosen)
        return standing.filter(pk__in=standing.order_by("kind", "rule_id", "pk").values("pk")[:LINES_SHOWN])

    def move_facts(self, obj, move):
        return self.list_facts(obj) if move.name == "sign" else []

    @staticmethod
    def list_facts(obj):
        standing, on_record = obj.lines.standing().count(), obj.lines.count()
        consent = [obj.archive_sign, obj.archive_consent_on]
        is_open = obj.status == DestructionList.Status.OPEN
        return [
            (_("Drawn up on"), obj.drawn_up_on),
            (_("Lines may be taken off until"), obj.object_until),
            (_("May be signed from"), obj.may_be_signed_from if is_open else ""),
            (_("Request for erasure"), obj.asked),
            (_("Records on the list"), standing),
            (_("Taken off"), on_record - standing or ""),
            (_("Sign of the State Archive's consent"), consent[0]),
            (_("Day of the consent"), consent[1]),
            (_("Signed by"), obj.signed_by),
            (_("Signed"), obj.signed_at),
            (_("Carried out"), obj.done_at),
        ]

    def detail_context(self, request, obj):
        """Show a page of the lines, rule by rule: the words of a rule once, however many records go by it."""
        standing = obj.lines.standing().select_related("rule").order_by("kind", "rule_id", "pk")
        part = slice_of(standing, request.GET.get(LINES_MARK), per_page=LINES_SHOWN)
        off = obj.lines.exclude(taken_off_at=None).select_related("taken_off_by").order_by("-taken_off_at", "-pk")
        ways = {button["name"]: button["url"] for button in self.buttons(request, obj)}
        return {
            "take_off_url": ways.get("take_off", ""),
            "facts": self.list_facts(obj),
            "groups": self.by_rule(obj, part.rows),
            "lines": part,
            "lines_mark": LINES_MARK,
            "taken_off": slice_of(off, request.GET.get(OFF_MARK), per_page=LINES_SHOWN),
            "off_mark": OFF_MARK,
            "pdf_url": reverse("admin:coordination_destructionlist_pdf", args=[obj.pk]),
        }

    @staticmethod
    def by_rule(obj, lines):
        """Return [(kind, rule, how many the whole list has of both, lines of this page)]."""
        counted = obj.lines.standing().order_by().values_list("kind", "rule").annotate(n=Count("pk"))
        sizes = {(kind, rule): n for kind, rule, n in counted}
        found = groupby(lines, key=lambda line: (line.kind, line.rule_id))
        groups = [(key, list(rows)) for key, rows in found]
        return [(rows[0].get_kind_display(), rows[0].rule, sizes.get(key, len(rows)), rows) for key, rows in groups]

    def pdf_view(self, request, pk):
        made = self._seen(request, str(pk))
        record("destructionlist.pdf", made, by=request.user)
        return file_response(destruction_document(made), f"{made.number}.pdf", "application/pdf")

    @admin.display(description=gettext_lazy("state"))
    def state(self, made):
        return made.get_status_display()

    @admin.display(description=gettext_lazy("records"))
    def standing(self, made):
        return made.lines_standing
