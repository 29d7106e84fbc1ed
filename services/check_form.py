"""The questions of "Is it for me?", made from the ways into one service. Nothing of it is kept."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import PortalForm
from cus_portal.templatetags.portal import centre_words
from services.eligibility import ELSEWHERE, WAITING, Answers, questions_of
from services.models.parts import Certificate

HERE, NONE_HELD = "here", "none"
YES, NO = "yes", "no"
OLDEST = 120
NO_PAPER = _("none of them")
REPLIES = [(YES, _("yes")), (NO, _("no")), ("", _("I do not know"))]


class PapersField(forms.MultipleChoiceField):
    """Which of the papers that matter a person has: None where nothing is said, an empty set where there is none."""

    widget = forms.CheckboxSelectMultiple
    default_error_messages = {"none_and_some": _("You ticked “none of them” and a paper. Leave one or the other.")}

    def __init__(self, **kwargs):
        kwargs.setdefault("label", _("Which of these papers does this person have?"))
        super().__init__(required=False, **kwargs)

    def offer(self, codes):
        self.choices = [
            *((code, label_of(code)) for code in codes),
            (WAITING, label_of(WAITING)),
            (NONE_HELD, NO_PAPER),
        ]

    def clean(self, value):
        chosen = super().clean(value)
        if NONE_HELD in chosen and len(chosen) > 1:
            raise forms.ValidationError(self.error_messages["none_and_some"], code="none_and_some")
        return frozenset(chosen) - {NONE_HELD} if chosen else None


def label_of(paper):
    return _("has applied and waits for it") if paper == WAITING else Certificate(paper).label


def papers_in_words(papers):
    """Return what is known of a person's papers as one line; nothing where nothing was said."""
    if papers is None:
        return ""
    return ", ".join(str(label_of(paper)) for paper in papers) or str(NO_PAPER)


class CheckForm(PortalForm):
    """Asks only what this service depends on; everything may be left open."""

    mark_optional = False
    age = forms.IntegerField(
        label=_("How old is the person who needs help?"),
        help_text=_("In full years."),
        min_value=0,
        max_value=OLDEST,
        required=False,
        widget=forms.NumberInput(attrs={"class": "w-short", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": _("Write the age as a number of years, for example 72.")},
    )
    locality = forms.ChoiceField(label=_("Where does this person live?"), required=False, widget=forms.RadioSelect)
    certificates = PapersField()

    def __init__(self, *args, page, programme, **kwargs):
        super().__init__(*args, **kwargs)
        asked = questions_of(page, programme)
        self.questions = list(asked["questions"])
        self.fields["locality"].choices = self._places(page)
        if not asked["age"]:
            del self.fields["age"]
        if asked["certificates"]:
            self.fields["certificates"].offer(asked["certificates"])
        else:
            del self.fields["certificates"]
        for number, text in enumerate(asked["questions"].values(), start=1):
            self.fields[f"question_{number}"] = forms.ChoiceField(
                label=text,
                required=False,
                widget=forms.RadioSelect,
                choices=REPLIES,
            )

    @staticmethod
    def _places(page):
        near = [(place["code"], place["name"]) for place in page["localities"]]
        here = (
            gettext("in another place of the municipality") if near else centre_words(settings.CENTRE["municipality"])
        )
        return [*near, (HERE, here), (ELSEWHERE, _("elsewhere")), ("", _("I would rather not say"))]

    def answers(self):
        """Return what was answered, for assess()."""
        said = self.cleaned_data
        replies = {
            text: said[f"question_{number}"] == YES
            for number, text in enumerate(self.questions, start=1)
            if said[f"question_{number}"]
        }
        return Answers(
            age=said.get("age"),
            locality=said["locality"] or None,
            certificates=said.get("certificates"),
            questions=replies,
        )
