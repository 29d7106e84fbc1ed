"""The queue: what is due first, whose move it is, and everything that can be done with one request."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_POST

from cus_portal.accounts.permissions import allowed, require
from cus_portal.admin import Move
from cus_portal.audit.log import record_read
from cus_portal.files import serve_private
from cus_portal.forms import posted
from cus_portal.notifications.models import Message
from cus_portal.templatetags.portal import tag
from cus_portal.workflow import Party
from residents.actions import (
    draft_letter,
    forward_request,
    hand_over,
    identify_person,
    keep_confidential,
    may_be_written_to,
    open_case,
    person_of,
    resend_mails,
    see_to_mails,
    send_receipt,
    submit_request,
    take_over,
    take_up,
    withdraw_request,
    write_message,
)
from residents.actions.duplicates import join_filing
from residents.admin.base import ALL, ME, RESTRICT, TODAY, DeskAdmin, due_cell, lines, state_cell
from residents.admin.items import PAST as ITEM_PAST
from residents.admin.questions import ANSWER, ASK, pauses_of
from residents.admin.request_filters import (
    TEAM,
    AreaFilter,
    ChannelFilter,
    DueFilter,
    MailFilter,
    StateFilter,
    UrgentFilter,
    WhoseFilter,
)
from residents.alerts import alerts_of, file_lines
from residents.desk_forms import (
    ForwardRequestForm,
    HandOverForm,
    IdentifyForm,
    OpenCaseForm,
    SameFilingForm,
    WithdrawForm,
    WriteForm,
)
from residents.documents import receipt_document
from residents.filing_forms import CallerForm, DeskRequestForm, looks_only, typed
from residents.fit import verdicts_of
from residents.letter_forms import LetterKindForm
from residents.matching import describe, filed_already, known_already, matches_of, same_filings
from residents.models import Attachment, PrivacyNotice, RedFlag, RequestItem, RequestParty, Resident, ServiceRequest
from residents.restricted_forms import ConfidentialForm
from residents.thread import instead_of_mail, news_reach, thread_of
from residents.workflow import REQUEST
from services.check_form import papers_in_words

Status = ServiceRequest.Status
TAKE_UP = Move("take_up", take_up, done=gettext_lazy("The request is yours."))
HAND_OVER = Move("hand_over", hand_over, form=HandOverForm, done=gettext_lazy("The request is handed over."))


def lost_mails(request):
    """Return the mails about the request that did not arrive; looked for once for each page."""
    if not hasattr(request, "lost_mails"):
        request.lost_mails = list(Message.objects.to(request).undelivered().order_by("pk"))
    return request.lost_mails


@admin.register(ServiceRequest)
class ServiceRequestAdmin(DeskAdmin):
    addable = True
    add_label = gettext_lazy("New request")
    desk_position = 10
    workflow = REQUEST
    searches_people = True
    detail_template = "admin/residents/request.html"
    list_display = ["number", "needs", "person", "whose_move", "until", "channel", "assigned_to"]
    list_filter = [StateFilter, WhoseFilter, DueFilter, UrgentFilter, MailFilter, ChannelFilter, AreaFilter]
    list_select_related = ["assigned_to"]
    search_fields = ["reference"]
    search_help_text = gettext_lazy(
        "The number of the request, any part of the name, PESEL or phone or its last 4 to 6 digits."
    )
    ordering = ["-on_top", "due_on", "pk"]
    empty_title = gettext_lazy("Nothing waits here")
    empty_text = gettext_lazy(
        "Every request with these filters has been dealt with. New ones come on top by their term."
    )
    moves = (
        TAKE_UP,
        Move(
            "take_over",
            take_over,
            when=lambda request: bool(request.team),
            done=gettext_lazy("The request is yours."),
        ),
        ANSWER,
        Move(
            "identify",
            identify_person,
            form=IdentifyForm,
            when=lambda request: request.case_id is None,
            done=gettext_lazy("The person is recorded."),
        ),
        Move(
            "open_case",
            open_case,
            form=OpenCaseForm,
            when=lambda request: (
                request.case_id is None
                and request.resident_id is not None
                and any(item.status == RequestItem.Status.QUALIFIED for item in request.items.all())
            ),
            done=gettext_lazy("The case is open. The 30 days for the plan run."),
        ),
        ASK,
        Move(
            "write",
            write_message,
            form=WriteForm,
            label=gettext_lazy("Write a message"),
            permission="residents.write_message",
            when=may_be_written_to,
            done=gettext_lazy("The message is in the thread."),
        ),
        HAND_OVER,
        Move(
            "forward",
            forward_request,
            form=ForwardRequestForm,
            label=gettext_lazy("Pass on to other bodies"),
            permission="residents.triage_item",
            when=lambda request: (
                request.is_open and any(item.status == RequestItem.Status.SUBMITTED for item in request.items.all())
            ),
            done=gettext_lazy("Passed on. Read the letters to the institutions and send them."),
        ),
        Move(
            "letter",
            draft_letter,
            form=LetterKindForm,
            label=gettext_lazy("Write a letter"),
            permission="residents.write_letter",
            done=gettext_lazy("The letter is begun. Read it, then print and send it."),
        ),
        Move(
            "resend_mails",
            resend_mails,
            label=gettext_lazy("Send the mails again"),
            permission="residents.resend_mails",
            when=lost_mails,
            done=gettext_lazy("The mails go out again."),
        ),
        Move(
            "see_to_mails",
            see_to_mails,
            label=gettext_lazy("The person knows without the mail"),
            permission="residents.resend_mails",
            when=lost_mails,
        ),
        RESTRICT,
        Move(
            "confide",
            keep_confidential,
            ConfidentialForm,
            label=gettext_lazy("Confidential files"),
            permission="residents.keep_confidential",
            when=lambda request: request.attachments.exists(),
            done=gettext_lazy("Recorded."),
        ),
        Move(
            "join_filing",
            join_filing,
            form=SameFilingForm,
            label=gettext_lazy("It was filed twice"),
            permission="residents.withdraw_request",
            danger=True,
            when=lambda request: request.is_open,
            done=gettext_lazy("This request is closed; the other one goes on."),
        ),
        Move("withdraw", withdraw_request, form=WithdrawForm),
    )
    bulk_moves = (TAKE_UP, HAND_OVER)
    past = {
        "submit": gettext_lazy("The request was filed"),
        "take_up": gettext_lazy("The request was taken up"),
        "take_over": gettext_lazy("The request was taken over from the team"),
        "hand_over": gettext_lazy("The request was handed over"),
        "send_receipt": gettext_lazy("The confirmation was mailed once more"),
        "ask": gettext_lazy("The resident was asked for what is missing"),
        "ask_some": gettext_lazy("The resident was asked for what some needs lack"),
        "wait": gettext_lazy("All that is left waits for the resident"),
        "go_on": gettext_lazy("A need goes on, the others wait for the resident"),
        "answer": gettext_lazy("The answer was recorded"),
        "attach": gettext_lazy("Files were added"),
        "correct": gettext_lazy("The contact was corrected"),
        "alarm": gettext_lazy("Put on top: a message tells of danger"),
        "identify": gettext_lazy("It was recorded who the person is"),
        "open_case": gettext_lazy("A case was opened"),
        "forward": gettext_lazy("Needs were passed on to other bodies"),
        "settle": gettext_lazy("Every need has its answer"),
        "withdraw": gettext_lazy("The request was withdrawn"),
        "new_code": gettext_lazy("The code was changed: give the new one to the person"),
        "join_filing": gettext_lazy("The same was filed once more"),
        "restrict": gettext_lazy("The file was restricted"),
        "incoming": gettext_lazy("It was made of what an institution sent to us"),
        "join_account": gettext_lazy("Put into an account of the resident's room"),
        "leave_account": gettext_lazy("Taken out of an account of the resident's room"),
    }

    def get_queryset(self, request):
        shown = ("assigned_to", "filed_by", "case__coordinator", "resident", "privacy_notice")
        return (
            super()
            .get_queryset(request)
            .select_related(*shown)
            .with_appeals()
            .prefetch_related("parties", "items__service")
        )

    def due(self, obj):
        return obj.due_on if obj.is_open and obj.status != Status.WAITING else None

    def due_words(self, obj):
        return _("answer due by")

    def party(self, obj):
        """Once all that is left are refusals to sign, the director moves, not the desk."""
        left = {item.status for item in obj.items.all() if item.status in RequestItem.UNDECIDED}
        refusals_only = obj.is_open and left == {RequestItem.Status.REFUSAL_PROPOSED}
        if refusals_only:
            return Party.DIRECTOR
        return Party.CENTRE if getattr(obj, "has_appeal_to_pass_on", False) else super().party(obj)

    # -- the list's cells ---------------------------------------------------------------------------
    def bulk_words(self, obj):
        return "; ".join(str(item) for item in obj.items.all())

    @admin.display(description=gettext_lazy("number"))
    def number(self, obj):
        return format_html('<span class="nowrap">{}</span>', obj.reference)

    @admin.display(description=gettext_lazy("what is asked for"))
    def needs(self, obj):
        return lines(str(item) for item in obj.items.all())

    @admin.display(description=gettext_lazy("for whom"))
    def person(self, obj):
        person = person_of(obj)
        name = (person and (person.get_full_name() or person.phone)) or _("not known yet")
        return format_html("{} {}", name, tag("late", _("urgent"))) if obj.is_urgent else name

    @admin.display(description=gettext_lazy("whose move"))
    def whose_move(self, obj):
        return state_cell(obj, self.party(obj))

    @admin.display(description=gettext_lazy("instead of a mail"))
    def instead(self, obj):
        return instead_of_mail(obj)

    def get_list_display(self, request):
        """Of those whom no mail reached the list says what to do instead."""
        shown = super().get_list_display(request)
        is_lost = request.GET.get(MailFilter.parameter_name) == "lost"
        return ["instead" if is_lost and name == "channel" else name for name in shown]

    @admin.display(description=gettext_lazy("until when"))
    def until(self, obj):
        if obj.status == Status.WAITING:
            return _("the clock stands")
        return due_cell(obj.due_on, timezone.localdate()) if obj.is_open else "–"

    def buttons(self, request, obj):
        """Once the person is known, saying so anew is no longer the first thing to do."""
        found = super().buttons(request, obj)
        return sorted(
            found,
            key=lambda button: (button["danger"], obj.resident_id is not None and button["name"] == "identify"),
        )

    def page_after(self, obj, move, result):
        return (
            result.get_absolute_url() if move.name in {"open_case", "letter"} else super().page_after(obj, move, result)
        )

    # -- one request --------------------------------------------------------------------------------
    def detail_context(self, request, obj, *, pesel=False):
        items = obj.items.with_clock().as_told()
        people = [self.party_facts(party, pesel=pesel) for party in obj.parties.select_related("locality")]
        person, verdicts = person_of(obj), verdicts_of(obj, items)
        return {
            "heading": (person and person.get_full_name()) or _("Person not known yet"),
            "facts": self.request_facts(obj),
            "people": people,
            "pesel_url": reverse("admin:residents_servicerequest_pesel", args=[obj.pk])
            if any(party.pesel for party in obj.parties.all()) and request.user.has_perm("residents.reveal_pesel", obj)
            else "",
            "resident": obj.resident if request.user.has_perm("residents.view_resident") else None,
            "alerts": self.alerts(request, obj),
            "filed_again": self.filed_again(request.user, obj),
            "known": self.known_cases(request, obj),
            "resembling": self.count_resembling(request, obj),
            "case": obj.case,
            "case_url": obj.case.get_absolute_url()
            if obj.case and request.user.has_perm("residents.view_case", obj.case)
            else "",
            "communication": self.communication(obj, person),
            "minor_alone": bool(
                person and person.basis == RequestParty.Basis.SELF and person.is_minor(obj.received_on)
            ),
            "statements": obj.statements.select_related("version").defer("version__content", "version__page"),
            "needs": [self.need(request, item, verdicts.get(item.pk)) for item in items],
            "lost_mails": lost_mails(obj),
            "instead": instead_of_mail(obj),
            "thread": thread_of(obj),
            "letters": obj.letters.visible_to(request.user).order_by("pk"),
            "attachments": self.attachments(request, obj),
            "pauses": pauses_of(obj),
            "receipt_url": reverse("admin:residents_servicerequest_receipt", args=[obj.pk])
            if allowed(request.user, "residents.take_up_request", obj)
            else "",
        }

    @staticmethod
    def communication(obj, person):
        """Return what is needed for talking: told with this request, and known of the person from before."""
        known = [one.communication_words for one in (person, obj.resident) if one]
        return list(dict.fromkeys(word for words in known for word in words))

    @staticmethod
    def request_facts(obj):
        return [
            (_("Channel"), obj.get_channel_display()),
            (_("Received on"), obj.received_on),
            (_("Answer due, as counted"), obj.due_raw_on),
            (_("Answer due"), obj.due_on),
            (_("Recorded by"), obj.filed_by),
            (_("Taken up by"), obj.assigned_to or obj.get_team_display() or _("nobody yet")),
            (_("Contact"), obj.get_contact_by_display()),
            (_("When and how to call"), obj.contact_note),
            (_("When somebody else answers"), obj.get_if_others_answer_display()),
            (_("What cannot wait"), [RedFlag(flag).label for flag in obj.red_flags]),
            (_("Language"), obj.language if obj.language != "pl" else ""),
            (_("Papers taken in"), obj.papers_taken),
            (_("Privacy notice"), obj.privacy_notice),
        ]

    @staticmethod
    def party_facts(party, *, pesel=False):
        village = _("outside the municipality") if party.lives_elsewhere else str(party.locality or "")
        place = " ".join(part for part in (party.postal_code, village) if part)
        return {
            "title": party.get_role_display(),
            "phone": party.phone,
            "facts": [
                (_("First name and surname"), party.get_full_name() or _("not known yet")),
                (_("On what basis"), party.get_basis_display() if party.basis != RequestParty.Basis.SELF else ""),
                (_("Relation to the person"), party.relation),
                (_("Institution and post"), party.institution),
                (_("Paper shown"), ", ".join(filter(None, [party.get_document_display(), party.court_sign]))),
                (_("Power of attorney"), party.get_scope_display()),
                (_("It holds until"), party.acts_until),
                (_("Does the person know"), party.get_person_knows_display()),
                (_("What the person says"), party.own_voice),
                (_("For talking and meeting"), party.communication_words),
                (_("PESEL"), party.pesel if pesel else party.masked_pesel),
                (_("Date of birth"), party.birth_date),
                (_("Papers"), papers_in_words(party.certificates)),
                (_("Answered"), [f"{text} {_('yes') if said else _('no')}" for text, said in party.answers.items()]),
                (_("Address"), ", ".join(part for part in (party.address, place) if part)),
                (_("E-mail"), party.email),
            ],
        }

    @staticmethod
    def known_cases(request, obj):
        """Return the open cases of the person: whose they are is told to all, more only to who may see them."""
        if obj.resident_id is None:
            return []
        cases = obj.resident.cases.open().within_reach(request.user).exclude(pk=obj.case_id)
        return [
            {
                "sign": case.case_sign,
                "coordinator": case.coordinator,
                "url": case.get_absolute_url() if request.user.has_perm("residents.view_case", case) else "",
            }
            for case in cases.select_related("coordinator").order_by("pk")
        ]

    def may_move(self, user, obj, move):
        again = move.name != "join_filing" or self.filed_again(user, obj)
        return bool(again) and super().may_move(user, obj, move)

    @staticmethod
    def filed_again(user, obj):
        """Return the requests, of those this user may see, that look like this one; looked for once for each page."""
        if not hasattr(obj, "filed_again"):
            rows = ServiceRequest.objects.visible_to(user)
            obj.filed_again = same_filings(obj, among=rows) if obj.is_open else []
        return obj.filed_again

    @staticmethod
    def alerts(request, obj):
        """Return what is to be known of the person, if the person is known and may be seen."""
        closed = file_lines(obj.restricted_file, by=request.user)
        if obj.resident is None or not request.user.has_perm("residents.view_resident", obj.resident):
            return closed
        return closed + alerts_of(obj.resident, on=timezone.localdate(), by=request.user)

    @staticmethod
    def count_resembling(request, obj):
        person = person_of(obj)
        if obj.resident_id or person is None:
            return 0
        return len(matches_of(person, among=Resident.objects.visible_to(request.user)))

    def move_facts(self, obj, move):
        return news_reach(obj) if move.name in {"write", "ask"} else super().move_facts(obj, move)

    def need(self, request, item, verdict):
        admin_of_items = self.admin_site.get_model_admin(RequestItem)
        return {
            "item": item,
            "url": reverse("admin:residents_requestitem_change", args=[item.pk]),
            "facts": admin_of_items.facts(item, verdict),
            "moves": admin_of_items.buttons(request, item),
            "hand_to": admin_of_items.hand_to(request.user, item),
            **admin_of_items.state_context(item),
        }

    @staticmethod
    def attachments(request, obj):
        return [
            {"file": file, "url": reverse("admin:residents_servicerequest_file", args=[obj.pk, file.pk])}
            for file in obj.attachments.visible_to(request.user)
        ]

    def history_parts(self, request, obj):
        return obj.items.all()

    def part_sentence(self, event, part):
        words = ITEM_PAST.get(event.action.partition(".")[2], event.action)
        return _("Need %(number)d: %(what)s") % {"number": part.position, "what": words}

    # -- files, receipt, filing -------------------------------------------------------------------------
    def get_urls(self):
        guarded, name = self.admin_site.admin_view, "residents_servicerequest"
        return [
            path("<int:object_id>/file/<int:file_id>/", guarded(self.file_view), name=f"{name}_file"),
            path("<int:object_id>/pesel/", guarded(require_POST(self.pesel_view)), name=f"{name}_pesel"),
            path("<int:object_id>/receipt/", guarded(self.receipt_view), name=f"{name}_receipt"),
            path("<int:object_id>/receipt/pdf/", guarded(self.paper_view), name=f"{name}_paper"),
            path("<int:object_id>/receipt/send/", guarded(require_POST(self.send_view)), name=f"{name}_send"),
            path("known/", guarded(require_POST(self.known_view)), name=f"{name}_known"),
            *super().get_urls(),
        ]

    def file_view(self, request, object_id, file_id):
        obj = self._seen(request, str(object_id))
        file = Attachment.objects.visible_to(request.user).filter(request=obj, pk=file_id).first()
        if file is None or not file.may_be_opened:
            raise Http404
        require(request.user, "residents.view_attachment", file)
        record_read(file, by=request.user, screen="download")
        return serve_private(file.file, name=file.name, content_type=file.content_type)

    def pesel_view(self, request, object_id):
        """Show the page once with the whole numbers of the people on it. Who looked is written down."""
        obj = self._seen(request, str(object_id))
        require(request.user, "residents.reveal_pesel", obj)
        return self.revealed(request, obj)

    def receipt_view(self, request, object_id):
        """Show number and code, to be read out or printed."""
        obj = self._seen(request, str(object_id))
        require(request.user, "residents.take_up_request", obj)
        record_read(obj, by=request.user, screen="receipt")
        sent = Message.objects.filter(recipient_type=self.opts.label_lower, recipient_id=obj.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": obj,
            "title": str(obj),
            "mailed": sent.filter(template="request_received", dropped_at=None).order_by("-pk").first(),
            "may_mail": bool(obj.notification_email),
            "may_add": self.has_add_permission(request),
        }
        return TemplateResponse(request, "admin/residents/receipt.html", context)

    def paper_view(self, request, object_id):
        """Give the very paper that the resident can print, in the language of the request."""
        obj = self._seen(request, str(object_id))
        require(request.user, "residents.take_up_request", obj)
        record_read(obj, by=request.user, screen="receipt")
        address = request.build_absolute_uri(reverse("residents:request_track"))
        with override(obj.language):
            paper = receipt_document(obj, address=address)
        response = HttpResponse(paper, content_type="application/pdf")
        response["Content-Disposition"] = f'inline; filename="{obj.reference}.pdf"'
        return response

    def send_view(self, request, object_id):
        obj = self._seen(request, str(object_id))
        try:
            send_receipt(obj, by=request.user, now=timezone.now())
        except ValidationError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("The confirmation is on its way."))
        return redirect("admin:residents_servicerequest_receipt", obj.pk)

    def add_view(self, request, form_url="", extra_context=None):
        require(request.user, "residents.add_servicerequest")
        today = timezone.localdate()
        sent = posted(request)
        if looks := looks_only(request.POST):
            sent = {"initial": typed(request.POST)}
        form = DeskRequestForm(**sent, on=today)
        if not looks and form.is_valid():
            notice = PrivacyNotice.objects.current(today)
            filed = submit_request(
                form.filing(notice=notice), by=request.user, now=timezone.now(), files=form.cleaned_data["files"]
            )
            messages.success(request, _("The request is filed. Give the number and the code to the person."))
            for words in form.said_of_places():
                messages.warning(request, _("Tell the person at once: %(service)s.") % {"service": words})
            return redirect("admin:residents_servicerequest_receipt", filed.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "form": form,
            "title": _("New request"),
            "known_by": ", ".join(f"#id_{name}" for name in CallerForm.base_fields),
            "known_when": ", ".join(f"change from:#id_{name}" for name in CallerForm.base_fields),
            **self.known(request),
        }
        return TemplateResponse(request, "admin/residents/add_request.html", context)

    def known_view(self, request):
        """Say, while somebody still types, who on record this may be."""
        require(request.user, "residents.add_servicerequest")
        return TemplateResponse(request, "admin/residents/known.html", self.known(request))

    def known(self, request):
        """Return who may be whom the form names so far, with what runs for them. A POST only: names stand in it."""
        person = CallerForm(request.POST).person() if request.method == "POST" else None
        return {"looked": False} if person is None else self.known_of(person, by=request.user)

    def known_of(self, person, *, by):
        """Return who on record this may be, with what runs for them, as far as `by` may see it."""
        found = known_already(person, by=by)
        rooms = self.admin_site.get_model_admin(Resident)
        words = [{"words": describe(one["match"]), "url": rooms.page_url(one["match"].resident)} for one in found]
        return {
            "looked": True,
            "known": [one | told for one, told in zip(found, words, strict=True)],
            "filed_before": filed_already(person, by=by),
        }

    # -- the first page -----------------------------------------------------------------------------------
    def desk_tiles(self, request, *, on):
        rows = ServiceRequest.objects.visible_to(request.user)
        return [
            self.tile(rows.filter(on_top=True), _("urgent"), "late", urgent="1"),
            self.tile(rows.filter(status=Status.SUBMITTED), _("to take up"), "mine", state=Status.SUBMITTED),
            self.tile(rows.due_by(on), _("late or due today"), "late", due=TODAY),
            self.tile(rows.filter(status=Status.WAITING), _("waiting for the resident"), "hold", state=Status.WAITING),
            self.tile(rows.with_undelivered_mail(), _("mails that did not arrive"), "late", mail="lost", state=ALL),
            self.tile(rows.open().filter(assigned_to=request.user), _("mine"), "mine", whose=ME),
            self.tile(rows.open().handed_to_team_of(request.user), _("handed to my team"), "mine", whose=TEAM),
        ]
