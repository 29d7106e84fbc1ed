"""One move on many rows of a list: tick them, see what will be done, and read what was done and what was not."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from cus_portal.accounts.permissions import BlockedError
from cus_portal.audit.log import record_reads
from cus_portal.workflow import TransitionNotAllowed

MOST_ROWS = 100
ROW, SCOPE, SHOWN, SURE, BACK = "row", "scope", "shown", "sure", "back"
LEFT = "left"  # rows of the preview against which something stood: the report names them too
LAST_REPORT = "bulk_lines"


class BulkMoves:
    """Goes before a PortalModelAdmin. `bulk_moves` are the Moves that its list offers for many rows at once.

    Each row is asked for its right and moved in a transaction of its own, from the version that was seen; a row that
    refuses stops no other.
    """

    bulk_moves = ()

    def get_urls(self):
        if not self.bulk_moves:
            return super().get_urls()
        guarded, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("bulk/", guarded(require_safe(self.bulk_done_view)), name=f"{name}_bulk_done"),
            path("bulk/<slug:name>/", guarded(require_POST(self.bulk_view)), name=f"{name}_bulk"),
            *super().get_urls(),
        ]

    def bulk_url(self, name):
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_bulk", args=[name])

    # -- the list -----------------------------------------------------------------------------------
    def offered_in_bulk(self, request):
        return [
            move
            for move in self.bulk_moves
            if request.user.has_perm(move.permission or self.workflow[move.name].permission)
        ]

    def get_list_display(self, request):
        shown = super().get_list_display(request)
        return ["tick", *shown] if self.offered_in_bulk(request) else shown

    def get_list_display_links(self, request, list_display):
        links = [name for name in list_display if name != "tick"]
        return super().get_list_display_links(request, links)

    @staticmethod
    def seen_key(obj):
        """Return a row as the list and the preview send it back: which one, and the version that was seen."""
        return f"{obj.pk}:{getattr(obj, 'version', '')}"

    def tick(self, obj):
        if not self.begins_in(obj, self.bulk_moves):
            return ""
        words = _("Choose %(row)s") % {"row": obj}
        return format_html(
            '<input type="checkbox" name="{}" value="{}" aria-label="{}">', ROW, self.seen_key(obj), words
        )

    tick.short_description = gettext_lazy("choose")

    def changelist_view(self, request, extra_context=None):
        context = {"bulk_moves": self.bulk_bar(request), "bulk_query": request.GET.urlencode(), "most_rows": MOST_ROWS}
        response = super().changelist_view(request, {**context, **(extra_context or {})})
        shown = getattr(response, "context_data", {}).get("cl")
        if shown and shown.result_count == len(shown.result_list):  # no further page, so these are all the rows
            response.context_data["bulk_moves"] = self.bulk_bar(request, shown.result_list)
        return response

    def bulk_bar(self, request, rows=None):
        """Return the buttons under a list; for `rows`, those that begin in a state in which one of them is."""
        return [
            {"label": self.move_label(move), "url": self.bulk_url(move.name), "danger": self.move_danger(move)}
            for move in self.offered_in_bulk(request)
            if rows is None or any(self.begins_in(row, [move]) for row in rows)
        ]

    def begins_in(self, row, moves):
        """Tell whether one of the moves begins in the state in which the row is, whoever makes it."""
        return any(
            (move.permission or row.status in self.workflow[move.name].sources) and move.when(row) for move in moves
        )

    # -- what will be done --------------------------------------------------------------------------
    def bulk_view(self, request, name):
        """Show what the move will do with the chosen rows; sure of it, do it and lead to the report."""
        move = next((move for move in self.bulk_moves if move.name == name), None)
        if move is None:
            raise Http404
        if move not in self.offered_in_bulk(request):
            raise PermissionDenied
        rows = self.chosen(request)
        back = self.way_back(request)
        if reason := self.not_a_choice(rows):
            messages.warning(request, reason)
            return redirect(back)
        sure = SURE in request.POST
        form = move.form(**self.bulk_form_kwargs(request, move, sure=sure))
        if sure and form.is_valid():
            report = [self.moved(request, row, move, form.cleaned_data) for row in rows]
            report += [self.left(request, row, move) for row in self.ticked(request, LEFT)]
            label = str(self.move_label(move))
            request.session[LAST_REPORT] = {"room": self.opts.label_lower, "move": label, "rows": report, "back": back}
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_bulk_done")
        record_reads(rows, by=request.user, screen=f"bulk:{name}")
        return TemplateResponse(request, "admin/portal/bulk.html", self.preview(request, move, rows, form, back))

    def way_back(self, request):
        """Return the list the rows were ticked in: a worklist says which it is, else it is the office's own."""
        said = request.POST.get(BACK, "")
        if said.startswith("/") and url_has_allowed_host_and_scheme(said, allowed_hosts=None):
            return said
        return f"{self.list_url()}?{request.GET.urlencode()}" if request.GET else self.list_url()

    def preview(self, request, move, rows, form, back):
        lines = [
            {
                "row": row,
                "url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk]),
                "words": self.bulk_words(row),
                "key": self.seen_key(row),
                "obstacle": self.obstacle(request, row, move),
            }
            for row in rows
        ]
        willing = sum(not line["obstacle"] for line in lines)
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.move_label(move),
            "danger": self.move_danger(move),
            "lines": lines,
            "willing": willing,
            "form": form,
            "back": back,
        }

    def chosen(self, request):
        """Return the rows that were ticked, or all that the list shows, up to one more than may be moved at once."""
        if request.POST.get(SCOPE) == SHOWN:
            return self.in_order(self.get_changelist_instance(request).queryset[: MOST_ROWS + 1])
        return self.ticked(request, ROW)

    def ticked(self, request, name):
        """Return the rows whose keys were sent under the name, each as it was seen."""
        seen = dict(key.partition(":")[::2] for key in request.POST.getlist(name)[: MOST_ROWS + 1])
        keys = [int(key) for key in seen if key.isascii() and key.isdigit() and len(key) < 10]
        rows = self.in_order(self.get_queryset(request).filter(pk__in=keys))
        for row in rows:
            version = seen[str(row.pk)]
            if hasattr(row, "version") and version.isascii() and version.isdigit() and len(version) < 10:
                row.version = int(version)
        return rows

    def in_order(self, rows):
        """Return the rows in the order in which they are moved. Overridden where one goes before another."""
        return list(rows)

    @staticmethod
    def not_a_choice(rows):
        if not rows:
            return _("Tick at least one row, or choose all that the list shows.")
        if len(rows) > MOST_ROWS:
            return _("At most %(n)d rows are moved at once. Narrow the list first.") % {"n": MOST_ROWS}
        return ""

    def obstacle(self, request, obj, move):
        """Return why the row will not be moved, as far as it can be told before; empty when nothing stands against."""
        if self.may_move(request.user, obj, move):
            return ""
        step = None if move.permission else self.workflow[move.name]
        if not request.user.has_perm(move.permission or step.permission, obj):
            return _("You may not do this here.")
        return _("This cannot be done in the present state.")

    def bulk_words(self, obj):
        """Return what the preview says of a row beside its name. Overridden where there is something to say."""
        return ""

    def bulk_form_kwargs(self, request, move, *, sure):
        return {"data": request.POST} if sure else {}

    # -- what was done ------------------------------------------------------------------------------
    def left(self, request, obj, move):
        """Return the line of the report of a row that the preview had left out."""
        return [str(obj), self.obstacle(request, obj, move) or _("This was not possible a moment ago."), obj.pk]

    def moved(self, request, obj, move, answers):
        """Move one row, and return its line of the report: name, why it was not done or nothing, key."""
        return [str(obj), self.moved_or_why(request, obj, move, answers), obj.pk]

    def moved_or_why(self, request, obj, move, answers):
        try:
            move.action(obj, by=request.user, now=timezone.now(), **answers)
        except (TransitionNotAllowed, BlockedError) as error:
            return str(error)
        except PermissionDenied:
            return _("You may not do this here.")
        except ValidationError as error:
            return " ".join(error.messages)
        return ""

    def bulk_done_view(self, request):
        """Show what became of each row of the last move of many; only to whoever made it, in the same session."""
        if not self.offered_in_bulk(request):
            raise PermissionDenied
        report = request.session.get(LAST_REPORT)
        if not report or report["room"] != self.opts.label_lower:
            return redirect(self.list_url())
        done = [name for name, why, _key in report["rows"] if not why]
        not_done = self.still_to_do(request, report["rows"])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": report["move"],
            "lead": ngettext("Done in %(n)d row.", "Done in %(n)d rows.", len(done)) % {"n": len(done)},
            "not_done": not_done,
            "done": done,
            "bulk_moves": self.bulk_bar(request, [line["row"] for line in not_done if line["row"]]),
            "back": report["back"],
        }
        return TemplateResponse(request, "admin/portal/bulk_done.html", context)

    def still_to_do(self, request, lines):
        """Return the rows that were not moved, each with its reason, ticked as it is now where another try may help."""
        offered = self.offered_in_bulk(request)
        found = self.get_queryset(request).in_bulk([key for _name, why, key in lines if why])
        return [
            {
                "name": name,
                "why": why,
                "row": (row := found.get(key)),
                "key": self.begins_in(row, offered) and self.seen_key(row) if row else "",
            }
            for name, why, key in lines
            if why
        ]
