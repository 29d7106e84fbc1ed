"""Residents: found by name or number, never listed for browsing; what is known of them, with its days."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from cus_portal.accounts.permissions import require
from cus_portal.admin import Move, add_errors
from cus_portal.forms import posted
from residents import people_forms as forms
from residents.actions import declare_conflict, duplicates, end_flag, life, people, raise_flag
from residents.actions.restriction import use_restricted
from residents.admin.base import RESTRICT, DeskAdmin
from residents.alerts import alerts_of
from residents.flag_forms import EndFlagForm, RaiseFlagForm
from residents.matching import describe, matches_of
from residents.models import Case, HouseholdMember, Identifier, RequestParty, Resident, ServiceRequest
from residents.restricted_forms import ConflictForm

CHANGE = "residents.change_resident"
MERGE = "residents.merge_residents"
MEMBERS_SHOWN = 30


def lives(resident):
    return resident.died_on is None


def certificates_of(resident):
    """Return the certificates of a page's person, read once for its rows and its buttons."""
    prefetch_related_objects([resident], "certificates")
    return resident.certificates.all()


def _fact(name, action, form, label, done):
    return Move(name, action, form, label=label, permission=CHANGE, done=done)


@admin.register(Resident)
class ResidentAdmin(DeskAdmin):
    addable = True
    add_label = gettext_lazy("New person")
    searches_people = True
    desk_position = 40
    detail_template = "admin/residents/resident.html"
    list_display = ["name", "birth_date", "masked", "locality"]
    list_select_related = ["locality", "merged_into"]
    search_fields = ["search_name"]
    search_help_text = gettext_lazy(
        "Any part of the name, PESEL or phone or its last 4 to 6 digits, the number of a request, the case sign."
    )
    ordering = ["search_name", "pk"]  # the range that a search is; Żak stands beside Zak, as a forgiving search has it
    empty_title = gettext_lazy("Search for a person")
    empty_text = gettext_lazy("People are shown only when you search for them.")
    moves = (
        _fact(
            "correct",
            people.correct_person,
            forms.CorrectForm,
            gettext_lazy("Correct name or birth"),
            gettext_lazy("The name and date of birth are corrected."),
        ),
        _fact(
            "change_pesel",
            people.change_pesel,
            forms.PeselForm,
            gettext_lazy("Change the PESEL"),
            gettext_lazy("The PESEL is recorded."),
        ),
        _fact(
            "add_document",
            people.add_document,
            forms.DocumentForm,
            gettext_lazy("Add a document"),
            gettext_lazy("The document is recorded."),
        ),
        _fact(
            "add_title",
            people.add_title,
            forms.TitleForm,
            gettext_lazy("Add a title of residence"),
            gettext_lazy("The title of residence is recorded."),
        ),
        _fact(
            "add_certificate",
            people.add_certificate,
            forms.CertificateForm,
            gettext_lazy("Add a disability certificate"),
            gettext_lazy("The disability certificate is recorded."),
        ),
        Move(
            "apply_for_certificate",
            people.apply_for_certificate,
            forms.AppliedForm,
            label=gettext_lazy("A new certificate was applied for"),
            permission=CHANGE,
            when=lambda resident: any(one.valid_to for one in certificates_of(resident)),
            done=gettext_lazy("It is recorded: help goes on until the new certificate is decided."),
        ),
        _fact(
            "add_address",
            people.add_address,
            forms.AddressForm,
            gettext_lazy("Add an address"),
            gettext_lazy("The address is recorded."),
        ),
        _fact(
            "add_contact",
            people.add_contact,
            forms.ContactForm,
            gettext_lazy("Add a contact"),
            gettext_lazy("The contact is recorded."),
        ),
        Move(
            "verify_contact",
            people.verify_contact,
            forms.VerifyForm,
            label=gettext_lazy("The contact works"),
            permission=CHANGE,
            when=lambda resident: resident.contacts.standing().filter(verified_on=None).exists(),
            done=gettext_lazy("The contact is verified."),
        ),
        _fact(
            "join_household",
            people.join_household,
            forms.HouseholdForm,
            gettext_lazy("Add to the household"),
            gettext_lazy("The household is recorded."),
        ),
        _fact(
            "add_representation",
            people.add_representation,
            forms.RepresentationForm,
            gettext_lazy("Add a representative"),
            gettext_lazy("The representative is recorded."),
        ),
        _fact(
            "end_fact",
            people.end_fact,
            forms.EndForm,
            gettext_lazy("End something"),
            gettext_lazy("Its end is recorded."),
        ),
        Move(
            "move_out",
            life.record_move_out,
            forms.MoveOutForm,
            label=gettext_lazy("Record a move away"),
            permission=CHANGE,
            when=lives,
            done=gettext_lazy("The move is recorded. Check which services end."),
        ),
        Move(
            "declare_conflict",
            declare_conflict,
            ConflictForm,
            label=gettext_lazy("I know this person"),
            permission="residents.declare_conflict",
            done=gettext_lazy("Recorded. Nothing about this person is shown to you any more."),
        ),
        Move(
            "raise_flag",
            raise_flag,
            RaiseFlagForm,
            label=gettext_lazy("Raise a warning"),
            permission="residents.flag_resident",
            when=lives,
            done=gettext_lazy("The warning stands on every page about the person."),
        ),
        Move(
            "end_flag",
            end_flag,
            EndFlagForm,
            label=gettext_lazy("End a warning"),
            permission="residents.flag_resident",
            when=lambda resident: resident.flags.in_force(timezone.localdate()).exists(),
            done=gettext_lazy("The warning is ended."),
        ),
        RESTRICT,
        Move(
            "use_restricted",
            use_restricted,
            forms.UseRestrictedForm,
            label=gettext_lazy("Go on in spite of the restriction"),
            permission="residents.use_restricted",
            danger=True,
            when=lambda resident: resident.restrictions.in_force().exists(),
            done=gettext_lazy("It is written down. For a day you may work with the data of this person."),
        ),
        Move(
            "merge",
            duplicates.merge_residents,
            forms.MergeForm,
            label=gettext_lazy("Join with another record"),
            permission=MERGE,
            danger=True,
            done=gettext_lazy("The two records are joined. It can be undone here."),
        ),
        Move(
            "unmerge",
            duplicates.unmerge_residents,
            forms.UnmergeForm,
            label=gettext_lazy("Take records apart"),
            permission=MERGE,
            danger=True,
            when=lambda resident: resident.joinings.filter(undone_at=None).exists(),
            done=gettext_lazy("The two records are apart again."),
        ),
        Move(
            "death",
            life.record_death,
            forms.DeathForm,
            label=gettext_lazy("Record a death"),
            permission=CHANGE,
            danger=True,
            when=lives,
            done=gettext_lazy("The death is recorded. No more mails go out; close the open cases."),
        ),
        Move(
            "undo_death",
            life.undo_death,
            forms.UndoDeathForm,
            label=gettext_lazy("The person lives: take the death back"),
            permission=CHANGE,
            danger=True,
            when=lambda resident: not lives(resident),
            done=gettext_lazy("The death is taken back."),
        ),
    )
    # Which buttons stand beside which part of the page; all others stand on top.
    beside = {
        "numbers": ("change_pesel", "add_document", "add_title"),
        "certificates": ("add_certificate", "apply_for_certificate"),
        "addresses": ("add_address",),
        "contacts": ("add_contact", "verify_contact"),
        "household": ("join_household",),
        "representation": ("add_representation",),
        "ends": ("end_fact",),
    }
    wide = ("household", "representation")
    past = {
        "add": gettext_lazy("The person was put on record"),
        "correct": gettext_lazy("Name or date of birth was corrected"),
        "change_pesel": gettext_lazy("The PESEL was recorded"),
        "add_identifier": gettext_lazy("A document was recorded"),
        "add_residencetitle": gettext_lazy("A title of residence was recorded"),
        "add_disabilitycertificate": gettext_lazy("A disability certificate was recorded"),
        "apply_for_certificate": gettext_lazy("It was recorded that a new certificate was applied for"),
        "add_residentaddress": gettext_lazy("An address was recorded"),
        "add_residentcontact": gettext_lazy("A contact was recorded"),
        "verify_contact": gettext_lazy("A contact was verified"),
        "contact_failed": gettext_lazy("A mail did not arrive: the address is no longer verified"),
        "join_household": gettext_lazy("The person joined a household"),
        "add_representation": gettext_lazy("A representative was recorded"),
        "end_fact": gettext_lazy("Something on record ended"),
        "merge": gettext_lazy("The record was joined with another one"),
        "unmerge": gettext_lazy("The record was taken apart from another one"),
        "death": gettext_lazy("The death was recorded"),
        "undo_death": gettext_lazy("The death was taken back"),
        "move_out": gettext_lazy("The move away was recorded"),
        "of_age": gettext_lazy("The person came of age: parents' rights ended"),
        "restrict": gettext_lazy("The file was restricted"),
        "restrict_processing": gettext_lazy("The processing of the data was restricted"),
        "use_restricted": gettext_lazy("A worker went on in spite of the restriction"),
        "lift_processing": gettext_lazy("The restriction of processing was lifted"),
        "declare_conflict": gettext_lazy("A worker said that he knows the person"),
    }

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("locality", "merged_into")

    def get_search_results(self, request, queryset, search_term):
        if not search_term:
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    # -- the list's cells ---------------------------------------------------------------------------
    @admin.display(description=gettext_lazy("surname and first name"))
    def name(self, obj):
        shown = f"{obj.last_name} {obj.first_name}".strip() or str(obj)
        return f"{shown} → {obj.merged_into}" if obj.merged_into_id else shown

    @admin.display(description=gettext_lazy("PESEL"))
    def masked(self, obj):
        return obj.masked_pesel

    # -- one person -----------------------------------------------------------------------------------
    def change_view(self, request, object_id, form_url="", extra_context=None):
        """A record that was joined to another one leads there: both numbers go on working."""
        obj = self._seen(request, object_id)
        if obj.merged_into_id:
            messages.info(request, _("Record %(number)d was joined to this one.") % {"number": obj.pk})
            return redirect("admin:residents_resident_change", obj.merged_into_id)
        return super().change_view(request, object_id, form_url, extra_context)

    def detail_context(self, request, obj, *, pesel=False):
        on = timezone.localdate()
        requests = ServiceRequest.objects.visible_to(request.user).filter(resident=obj)
        cases = Case.objects.visible_to(request.user).filter(resident=obj)
        buttons = self.buttons(request, obj)
        placed = {name for names in self.beside.values() for name in names}
        parts = [
            {
                "name": name,
                "title": title,
                "rows": rows,
                "moves": [button for button in buttons if button["name"] in self.beside[name]],
            }
            for name, title, rows in self.parts(request, obj, on)
        ]
        found = matches_of(obj, among=Resident.objects.visible_to(request.user))
        return {
            "moves": [button for button in buttons if button["name"] not in placed],
            "alerts": alerts_of(obj, on=on, by=request.user),
            "matches": [(describe(match), self.page_url(match.resident)) for match in found],
            "merge_url": reverse("admin:residents_resident_move", args=[obj.pk, "merge"]),
            "phone": obj.phone,
            "discreet": obj.requests.discreet().exists(),
            "facts": self.person_facts(obj),
            "pesel": obj.pesel if pesel else "",
            "masked_pesel": obj.masked_pesel,
            "pesel_url": reverse("admin:residents_resident_pesel", args=[obj.pk])
            if obj.pesel and request.user.has_perm("residents.reveal_pesel", obj)
            else "",
            "parts": [part for part in parts if part["name"] not in self.wide],
            "wide_parts": [part for part in parts if part["name"] in self.wide],
            "end_url": next((button["url"] for button in buttons if button["name"] == "end_fact"), ""),
            "requests": requests.prefetch_related("items__service").order_by("-received_on", "-pk"),
            "cases": cases.select_related("coordinator").order_by("-opened_on", "-pk"),
        }

    @staticmethod
    def person_facts(obj):
        return [
            (_("Number of the record"), obj.pk),
            (_("Date of birth"), obj.birth_date or obj.born_about),
            (_("PESEL with a wrong check digit"), obj.pesel_doubt),
            (_("E-mail"), obj.email),
        ]

    def parts(self, request, obj, on):
        """Return the dated parts of the page: (name, title, rows), what has ended last and muted."""
        documents = obj.identifiers.exclude(kind=Identifier.Kind.PESEL)
        own = [self.row(one, on, f"{one}: {one.masked}") for one in documents]
        own += [self.row(one, on) for one in obj.titles.all()]
        addresses = [
            self.row(one, on, f"{one} – {one.get_kind_display()}") for one in obj.addresses.select_related("locality")
        ]
        if not addresses and (obj.address or obj.locality_id):
            place = " ".join(part for part in (obj.postal_code, str(obj.locality or "")) if part)
            addresses = [
                {
                    "text": ", ".join(part for part in (obj.address, place) if part),
                    "note": "",
                    "ended": False,
                    "key": "",
                }
            ]
        lost = ServiceRequest.objects.visible_to(request.user).filter(resident=obj).with_undelivered_mail()
        filers = RequestParty.objects.filter(request__in=lost, role=RequestParty.Role.APPLICANT)
        failing = set(filers.values_list("email", flat=True))
        contacts = [self.row(one, on, self.contact_words(one, failing)) for one in obj.contacts.all()]
        return [
            ("numbers", _("Documents and titles of residence"), own),
            ("certificates", _("Disability certificates"), self.certificate_rows(obj, on)),
            ("addresses", _("Addresses"), addresses),
            ("contacts", _("Contacts"), contacts),
            ("household", _("Household"), self.household_rows(request, obj, on)),
            ("representation", _("Who speaks for this person"), self.representation_rows(request, obj, on)),
        ]

    @staticmethod
    def row(one, on, text=None):
        ended = one.valid_to is not None and one.valid_to < on
        note = ", ".join(part for part in (one.period, one.end_reason if ended else "") if part)
        key = "" if ended else f"{one._meta.model_name}-{one.pk}"
        return {"text": text or str(one), "note": note, "ended": ended, "key": key}

    def certificate_rows(self, obj, on):
        rows = []
        for one in certificates_of(obj):
            words = one.get_kind_display()
            if one.applied_on:
                day = date_format(one.applied_on, "d.m.Y")
                words = _("%(degree)s, new one applied for on %(day)s") % {"degree": words, "day": day}
            rows.append(self.row(one, on, words))
        return rows

    @staticmethod
    def contact_words(one, failing):
        verified = _("verified") if one.verified_on else _("not verified")
        if one.value in failing:
            verified = _("mails do not arrive there")
        return f"{one.value} – {one.get_whose_display()}, {verified}"

    def household_rows(self, request, obj, on):
        """Return those of the household whom this user may see; of others not even that they are there."""
        homes = obj.memberships.values("household")
        people = Resident.objects.visible_to(request.user).exclude(pk=obj.pk)
        members = HouseholdMember.objects.filter(household__in=homes, resident__in=people).select_related("resident")
        shown = members.order_by("pk")[:MEMBERS_SHOWN]
        own = [
            self.row(one, on, " – ".join(part for part in (_("this person"), one.role) if part))
            for one in obj.memberships.all()
        ]
        return [*own, *(self.row(one, on, self.linked(one.resident, one.role)) | {"key": ""} for one in shown)]

    def representation_rows(self, request, obj, on):
        seen = Resident.objects.visible_to(request.user)
        rows = list(obj.representations.select_related("representative"))
        known = set(seen.filter(pk__in=[row.representative_id for row in rows]).values_list("pk", flat=True))
        found = []
        for row in rows:
            who = self.linked(row.representative) if row.representative_id in known else row.name or _("on record")
            words = [row.get_basis_display(), row.scope, row.court_sign, row.phone]
            words += [_("letters go to this person")] if row.gets_letters else []
            found.append(self.row(row, on, format_html("{} – {}", who, ", ".join(word for word in words if word))))
        speaks_for = obj.represents.in_force(on).filter(resident__in=seen).select_related("resident")
        found += [
            self.row(row, on, format_html("{} {}", _("speaks for"), self.linked(row.resident))) | {"key": ""}
            for row in speaks_for
        ]
        return found

    def linked(self, resident, words=""):
        link = format_html('<a href="{}">{}</a>', self.page_url(resident), resident)
        return format_html("{} – {}", link, words) if words else link

    @staticmethod
    def page_url(resident):
        return reverse("admin:residents_resident_change", args=[resident.pk])

    def move_form_kwargs(self, request, obj, move):
        kwargs = super().move_form_kwargs(request, obj, move)
        if move.name == "end_fact":
            kwargs["initial"] = {"fact": request.GET.get("fact", "")}
        return kwargs

    def page_after(self, obj, move, result):
        if move.name == "declare_conflict":
            return self.list_url()
        return self.page_url(result) if move.name == "unmerge" else super().page_after(obj, move, result)

    # -- PESEL, and a new person ------------------------------------------------------------------------
    def get_urls(self):
        guarded = self.admin_site.admin_view
        return [
            path(
                "<int:object_id>/pesel/",
                guarded(require_POST(self.pesel_view)),
                name="residents_resident_pesel",
            ),
            *super().get_urls(),
        ]

    def pesel_view(self, request, object_id):
        """Show the page once with the whole PESEL. Who looked is written down; no address ever shows it again."""
        obj = self._seen(request, str(object_id))
        require(request.user, "residents.reveal_pesel", obj)
        return self.revealed(request, obj)

    def add_view(self, request, form_url="", extra_context=None):
        """Put a person on record; who is much alike on record is shown first, and has to be ruled out."""
        require(request.user, "residents.add_resident")
        form = forms.NewPersonForm(**posted(request), subject=None, actor=request.user, on=timezone.localdate())
        matches = []
        if form.is_valid():
            matches = [] if "is_another" in request.POST else form.matches()
            if not matches:
                try:
                    person = people.record_resident(by=request.user, now=timezone.now(), **form.cleaned_data)
                except ValidationError as error:
                    add_errors(form, error)
                else:
                    messages.success(request, _("The person is on record."))
                    return redirect(self.page_url(person))
        alike = [(describe(match), self.page_url(match.resident)) for match in matches]
        template = "admin/residents/add_resident.html"
        return self.form_page(request, form, title=_("New person"), template=template, matches=alike)
