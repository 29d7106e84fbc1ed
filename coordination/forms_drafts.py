"""What is written down before a referral goes out: to whom, what for, what is told, and on what basis."""

from crispy_forms.bootstrap import StrictButton
from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from coordination.actions.grounds import PURPOSE
from coordination.clocks import Clock, Direction, days_agreed
from coordination.disclosure import DISCLOSABLE, DOCUMENTS, USUAL
from coordination.forms import text_area
from coordination.models import PlanItem, Referral, ReferralClock
from coordination.plan_amounts import facts_of, told_amount
from cus_portal.accounts.models import Institution
from cus_portal.forms import DayField, PortalForm
from residents.models import Attachment, Consent
from services.models import Agreement, Service, ServiceArea

MOST_AT_ONCE = 20
LONGEST_KEY = 18
NARROW = "narrow"  # the button that shows the institutions and services of one area


class TellingForm(PortalForm):
    """What one referral and several at once have in common: how urgent, what is told, on what basis."""

    mark_optional = False
    # The fields under each heading; those whose lists the area narrows.
    narrowed = ()
    what_for = ("kind", "priority")
    papers = ("attachments",)
    resting_on = ("basis", "consent_for", "consent_form", "consent_given_on", "consent_valid_until", "statute")

    class Basis:
        KNOWN_CONSENT = "known"
        NEW_CONSENT = "new"
        STATUTE = "statute"

    area = forms.ModelChoiceField(
        label=_("Area of social services"),
        queryset=ServiceArea.objects.all(),
        help_text=_(
            "A shorter list: who gives services of this area, or was asked for help in it before. "
            "What you have written stays."
        ),
        required=False,
        empty_label=_("all areas"),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Referral.Kind)
    priority = forms.ChoiceField(
        label=_("Priority"),
        choices=Referral.Priority,
        widget=forms.RadioSelect,
    )
    confidentiality = forms.ChoiceField(
        label=_("Confidentiality"),
        choices=[("", _("as usual for the case and the service")), *Referral.Confidentiality.choices],
        help_text=_(
            "A protected one is seen by the team of the case and the institution only. No mail and no list names it."
        ),
        required=False,
    )
    disclosed_fields = forms.MultipleChoiceField(
        label=_("What may the institution see?"),
        choices=[(name, field.label) for name, field in DISCLOSABLE.items() if name != DOCUMENTS],
        help_text=_("Only what it needs for its task. You will see it all before you send."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    attachments = forms.ModelMultipleChoiceField(
        label=_("Which documents go along?"),
        queryset=Attachment.objects.none(),
        help_text=_("The institution can open them as long as it sees the referral."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    basis = forms.ChoiceField(
        label=_("On what basis do the data travel?"),
        choices=[
            (Basis.KNOWN_CONSENT, _("a consent that is already recorded")),
            (Basis.NEW_CONSENT, _("a consent that I record now")),
            (Basis.STATUTE, _("a statute asks for it, no consent needed")),
        ],
        widget=forms.RadioSelect,
    )
    consent_for = forms.ChoiceField(
        label=_("What did the person consent to?"),
        choices=Consent.Purpose,
        help_text=_("A consent to one thing carries no other: a service referral goes with a consent to help."),
        required=False,
    )
    consent_form = forms.ChoiceField(
        label=_("How was the consent given?"),
        choices=[("", _("choose from the list")), *Consent.Form.choices],
        required=False,
    )
    consent_given_on = DayField(label=_("On which day?"), required=False)
    consent_valid_until = DayField(
        label=_("Valid until"), help_text=_("Leave empty when it lasts until it is withdrawn."), required=False
    )
    statute = forms.CharField(
        label=_("Act and article"), help_text=_("For example: the act on preventing violence, art. 9d."), required=False
    )

    def __init__(self, *args, attachments, on, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["priority"].help_text = words_of_answer(on)
        self.fields["attachments"].queryset = attachments
        if not attachments:
            del self.fields["attachments"]
            self.papers = ()

    def narrow_lists(self, on):
        """Show of institutions and services those of the chosen area, and what is chosen already."""
        areas = keys_in(self["area"].value())
        if not areas:
            return
        in_area = Service.objects.published().filter(areas__in=areas)
        for name in self.narrowed:
            field, chosen = self.fields[name], keys_in(self[name].value())
            if field.queryset.model is Institution:
                agreed = Agreement.objects.in_force(on).filter(services__in=in_area).values("institution")
                of_it = Q(pk__in=in_area.values("provider")) | Q(pk__in=agreed)
                of_it |= Q(pk__in=asked_before(areas).values("receiver"))
            else:
                of_it = Q(pk__in=in_area.values("pk"))
            shown = [
                (row.pk, field.label_from_instance(row)) for row in field.queryset.filter(of_it | Q(pk__in=chosen))
            ]
            first = field.empty_label if shown else _("nothing in this area")
            field.widget.choices = shown if field.empty_label is None else [("", first), *shown]

    def layout(self):
        # Enter in a line of text presses the first button of a form: it saves, as everywhere.
        save = StrictButton("", type="submit", css_class="visually-hidden", tabindex="-1", aria_hidden="true")
        narrow = StrictButton(
            _("Show those of this area"), type="submit", name=NARROW, value="1", css_class="btn-quiet mb-4"
        )
        first, *others = self.what_for
        lead = [first, "area", narrow] if first not in self.narrowed else ["area", narrow, first]
        return Layout(
            Fieldset(_("To whom and what for"), save, *lead, *others),
            Fieldset(_("What the institution will see"), "confidentiality", "disclosed_fields", *self.papers),
            Fieldset(_("Legal basis"), *self.resting_on),
        )

    def clean(self):
        data = super().clean()
        data["attachments"] = list(data.get("attachments") or [])
        if data["attachments"] and "disclosed_fields" in data:
            data["disclosed_fields"] = [*data["disclosed_fields"], DOCUMENTS]
        basis = data.get("basis")
        if basis == self.Basis.NEW_CONSENT:
            for name in ("consent_for", "consent_form", "consent_given_on"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("A consent that you record now needs this."))
            if data.get("consent_for") and data.get("kind"):
                self.check_purpose("consent_for", data["consent_for"], data["kind"])
            given, until = data.get("consent_given_on"), data.get("consent_valid_until")
            if given and until and until < given:
                self.add_error("consent_valid_until", _("A consent ends after it was given."))
        elif basis == self.Basis.STATUTE and not data.get("statute"):
            self.add_error("statute", _("Write which act and article ask for it."))
        return data

    def check_purpose(self, name, purpose, kind):
        if purpose != PURPOSE.get(kind):
            self.add_error(name, _("A consent to this does not carry a referral of this kind."))


def words_of_answer(on) -> str:
    """Say in how many working days an answer is expected, and from whom otherwise."""
    urgent, routine = (
        days_agreed(clock, direction=Direction.OUTGOING, on=on) for clock in (Clock.ANSWER_URGENT, Clock.ANSWER)
    )
    words = gettext("Working days to answer: routine %(routine)d, urgent %(urgent)d.") % {
        "routine": routine,
        "urgent": urgent,
    }
    otherwise = ReferralClock.objects.in_force(on).filter(
        Q(institution__isnull=False) | ~Q(kind=""),
        clock__in=[Clock.ANSWER, Clock.ANSWER_URGENT],
        direction__in=["", Direction.OUTGOING],
    )
    said = [in_short(row) for row in otherwise.select_related("institution").order_by("institution", "pk")]
    if not said:
        return words
    return f"{words} " + gettext("Agreed otherwise: %(with)s.") % {"with": "; ".join(said)}


def in_short(row) -> str:
    names = [row.institution.short_name if row.institution_id else "", row.get_kind_display() if row.kind else ""]
    if row.clock == Clock.ANSWER_URGENT:
        names.append(Referral.Priority.URGENT.label)
    return f"{', '.join(filter(None, names))} {row.days}"


class ReferralForm(TellingForm):
    """One referral of a case. The view gives the choices that belong to this case only."""

    receiver = forms.ModelChoiceField(
        label=_("To which institution?"), queryset=Institution.objects.none(), empty_label=_("choose from the list")
    )
    service = forms.ModelChoiceField(
        label=_("Which service?"), queryset=Service.objects.none(), required=False, empty_label=_("none chosen")
    )
    need = forms.CharField(
        label=_("What is needed?"),
        help_text=_("The institution reads this. Write no more about the person than it needs."),
        max_length=2000,
        widget=text_area(),
    )
    wanted_outcome = forms.CharField(
        label=_("What should come of it?"), max_length=1000, required=False, widget=text_area(2)
    )
    consent = forms.ModelChoiceField(
        label=_("Recorded consent"), queryset=Consent.objects.none(), required=False, empty_label=_("none")
    )

    narrowed = ("receiver", "service")
    what_for = ("receiver", "service", "kind", "priority", "need", "wanted_outcome")
    resting_on = ("basis", "consent", *TellingForm.resting_on[1:])

    def __init__(self, *args, receivers, services, consents, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["receiver"].queryset = receivers
        self.fields["service"].queryset = services
        self.fields["service"].label_from_instance = lambda service: service.plain_name
        self.fields["consent"].queryset = consents
        self.fields["consent"].label_from_instance = lambda one: f"{one}, {one.get_purpose_display()}"
        self.narrow_lists(kwargs["on"])

    def clean(self):
        data = super().clean()
        service = data.get("service")
        if service and not (data.get("area") and service.areas.filter(pk=data["area"].pk).exists()):
            data["area"] = area_of(service)
        if data.get("basis") == self.Basis.KNOWN_CONSENT:
            consent = data.get("consent")
            if consent is None:
                self.add_error("consent", _("Choose the consent."))
            elif data.get("receiver") and consent.receiver_id != data["receiver"].pk:
                self.add_error("consent", _("This consent is to another institution."))
            elif data.get("kind"):
                self.check_purpose("consent", consent.purpose, data["kind"])
        return data


class SeveralForm(TellingForm):
    """Several referrals of a case at once: items of its plan, each to whoever carries it out, and one need to many."""

    items = forms.ModelMultipleChoiceField(
        label=_("Items of the plan"),
        queryset=PlanItem.objects.none(),
        help_text=_("Each goes to the institution that carries it out."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    receivers = forms.ModelMultipleChoiceField(
        label=_("Other institutions"),
        queryset=Institution.objects.none(),
        help_text=_("All of them read the same words about what is needed."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    need = forms.CharField(
        label=_("What do you ask the other institutions for?"), max_length=2000, required=False, widget=text_area()
    )
    wanted_outcome = forms.CharField(
        label=_("What should come of it with them?"),
        help_text=_("Of an item of the plan its goal is told."),
        max_length=1000,
        required=False,
        widget=text_area(2),
    )

    narrowed = ("receivers",)
    what_for = ("items", "receivers", "need", "wanted_outcome", "kind", "priority")

    def __init__(self, *args, items, receivers, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["items"].queryset = items
        self.fields["items"].label_from_instance = lambda item: f"{item}: {item.provider.short_name}"
        self.fields["receivers"].queryset = receivers
        if not items:
            del self.fields["items"]
            self.fields["wanted_outcome"].help_text = ""
            self.what_for = self.what_for[1:]
        self.narrow_lists(kwargs["on"])

    def clean(self):
        data = super().clean()
        items, receivers = data.get("items") or [], data.get("receivers") or []
        number = len(items) + len(receivers)
        if number == 0 and not self.errors.keys() & {"items", "receivers"}:
            self.add_error("receivers", _("Choose at least one institution."))
        if number > MOST_AT_ONCE:
            words = ngettext("At most %(n)d referral at once.", "At most %(n)d referrals at once.", MOST_AT_ONCE)
            self.add_error("receivers", words % {"n": MOST_AT_ONCE})
        if receivers and not data.get("need"):
            self.add_error("need", _("Write what you ask them for."))
        return data

    def targets(self):
        """Return what each referral is about, as fields of a draft."""
        data = self.cleaned_data
        of_plan = [first_of_item(item) | {"plan_item": item} for item in data.get("items", [])]
        asked = {"need": data["need"], "wanted_outcome": data["wanted_outcome"], "area": data.get("area")}
        return [*of_plan, *({"receiver": receiver} | asked for receiver in data["receivers"])]


class NoPartnerForm(PortalForm):
    """What nobody gives where the person lives: a service of the catalogue, or the area it would belong to."""

    mark_optional = False
    service = forms.ModelChoiceField(
        label=_("Which service?"), queryset=Service.objects.none(), required=False, empty_label=_("none chosen")
    )
    area = forms.ModelChoiceField(
        label=_("Area of social services"),
        queryset=ServiceArea.objects.all(),
        help_text=_("When no service of the catalogue is what the person needs."),
        required=False,
        empty_label=_("none chosen"),
    )

    def __init__(self, *args, services, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["service"].queryset = services
        self.fields["service"].label_from_instance = lambda service: service.plain_name

    def clean(self):
        data = super().clean()
        if not self.errors and not (data.get("service") or data.get("area")):
            self.add_error("service", _("Say which service is needed, or of which area."))
        return data


def keys_in(value) -> list:
    """Return the keys that a field of one or several choices has now, as numbers."""
    values = value if isinstance(value, list | tuple | QuerySet) else [value]
    keys = [str(getattr(one, "pk", one)) for one in values]
    return [int(key) for key in keys if key.isdecimal() and len(key) <= LONGEST_KEY]


def asked_before(areas):
    """Return the referrals of these areas whose receivers did not answer that it belongs elsewhere."""
    sent = Referral.objects.without_secrets().filter(area__in=areas, sent_at__isnull=False)
    return sent.exclude(reject_reason__in=Referral.BELONGS_ELSEWHERE).order_by()


def area_of(service):
    """Return the area under which a service is counted: the first of its areas."""
    return min(service.areas.all(), key=lambda area: area.number, default=None) if service else None


def first_of_item(item) -> dict:
    """Return what a referral says that comes from an item of a plan."""
    need = ", ".join(part for part in (str(item), told_amount(facts_of(item, []))) if part)
    what = {"service": item.service, "area": area_of(item.service)}
    return {"receiver": item.provider, **what, "need": need, "wanted_outcome": item.goal}


def first_choices(plan_item=None) -> dict:
    """Return what a new referral begins with: little is told unless chosen."""
    start = {
        "kind": Referral.Kind.SERVICE_REFERRAL,
        "priority": Referral.Priority.ROUTINE,
        "disclosed_fields": USUAL,
        "basis": TellingForm.Basis.NEW_CONSENT,
    }
    if plan_item is None:
        return start
    said = first_of_item(plan_item)
    return start | said | {"receiver": None if plan_item.provider.is_centre else said["receiver"]}
