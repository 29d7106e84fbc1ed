"""What the organiser teaches the search."""

from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cus_portal.admin import Move, PortalModelAdmin
from cus_portal.templatetags.portal import tag
from services.actions import decide_unmet, synonym_changed
from services.forms import SynonymForm
from services.indexing import named_by
from services.models import Rating, Synonym, UnmetSearch

MOST_NAMED = 12


@admin.register(Synonym)
class SynonymAdmin(PortalModelAdmin):
    """Words that people type for what the catalogue calls otherwise; the search knows them at once."""

    editable = addable = True
    logs_reads = False
    empty_title = _("No synonym")
    empty_text = _("A synonym leads from a word that people type to the services that the catalogue calls otherwise.")
    form = SynonymForm
    list_display = ["words", "terms", "in_use"]
    list_filter = ["in_use"]
    search_fields = ["words", "terms"]
    fields = ["words", "terms", "leads_to", "in_use"]
    readonly_fields = ["leads_to"]

    def get_fields(self, request, obj=None):
        return self.fields if obj else [name for name in self.fields if name != "leads_to"]

    @admin.display(description=_("leads to"))
    def leads_to(self, synonym):
        """Name the services of the saved terms, for whoever looks what he has done."""
        names = [version.card["plain_name"]["pl"] for version in named_by(synonym.terms).for_list()[:MOST_NAMED]]
        return ", ".join(names) or "–"

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        synonym_changed(obj, terms_before=form.initial.get("terms", ""))


Decision = UnmetSearch.Decision
KINDS = {Decision.NONE: "mine", Decision.SYNONYM: "ok", Decision.MISSING: "warn", Decision.IGNORED: "plain"}


def decided(search):
    return search.decision != Decision.NONE


def undecided(search):
    return not decided(search)


def decision(name, label, when, done):
    return Move(
        name,
        lambda search, **given: decide_unmet(search, name, **given),
        label=label,
        permission="services.decide_unmetsearch",
        when=when,
        done=done,
    )


@admin.register(UnmetSearch)
class UnmetSearchAdmin(PortalModelAdmin):
    """The register of unmet needs. No question stands here that was asked from one address only."""

    logs_reads = False
    empty_title = _("No search has found nothing")
    empty_text = _("What several people searched for without finding anything stands here within some minutes.")
    list_display = ["text", "number", "last_month_shown", "decision_tag"]
    list_filter = ["decision"]
    ordering = ["-number", "text", "pk"]
    search_fields = ["text"]
    fields = ["text", "number", "months_shown", "decision", "decided_at"]
    readonly_fields = ["months_shown"]
    moves = (
        decision("synonym", _("Add a synonym"), undecided, _("Now write what the catalogue calls it.")),
        decision("missing", _("A service is missing"), undecided, _("Written down: nobody offers this here yet.")),
        decision("ignored", _("Ignore"), undecided, _("It will not be shown as waiting any more.")),
        decision("none", _("Decide again"), decided, _("It waits for a decision again.")),
    )
    past = dict(Decision.choices)

    @admin.display(description=_("last month"), ordering="last_month")
    def last_month_shown(self, search):
        return f"{search.last_month:%m.%Y}"

    @admin.display(description=_("decision"), ordering="decision")
    def decision_tag(self, search):
        return tag(KINDS[search.decision], search.get_decision_display())

    @admin.display(description=_("by month"))
    def months_shown(self, search):
        months = search.months.order_by("-month").values_list("month").annotate(n=Sum("number"))
        return ", ".join(f"{month:%m.%Y}: {number}" for month, number in months[:MOST_NAMED])

    def page_after(self, obj, move, result):
        """Lead from the wish to add a synonym to its form, with the words filled in."""
        if move.name == Decision.SYNONYM:
            return f"{reverse('admin:services_synonym_add')}?{urlencode({'words': obj.text})}"
        return super().page_after(obj, move, result)

    def desk_tiles(self, request, *, on):
        if not request.user.has_perm("services.decide_unmetsearch"):
            return []
        waiting = UnmetSearch.objects.visible_to(request.user).undecided()
        return [self.tile(waiting, _("searches that found nothing"), "mine", decision__exact=Decision.NONE)]


@admin.register(Rating)
class RatingAdmin(PortalModelAdmin):
    """What visitors answered: did this page help? Only counted; the worst of the month stands first."""

    logs_reads = False
    empty_title = _("Nobody has answered yet")
    empty_text = _("Each service and each search asks at its end whether it helped. The answers are counted here.")
    list_display = ["about", "month_shown", "helped", "failed"]
    list_select_related = ["service"]
    list_filter = ["month"]
    search_fields = ["service__search_name", "question"]
    fields = ["service", "question", "month", "helped", "failed"]

    @admin.display(description=_("page"))
    def about(self, rating):
        if rating.service:
            return str(rating.service)
        words = rating.question or _("other words")
        return _("Search: %(words)s") % {"words": words}

    @admin.display(description=_("month"), ordering="month")
    def month_shown(self, rating):
        return f"{rating.month:%m.%Y}"
