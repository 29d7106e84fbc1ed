"""Every component in every state, with invented words: the page that tests and designers look at."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django import forms
from django.core.paginator import Paginator
from django.http import QueryDict

from cus_portal.forms import DayField, FilterForm, PortalForm
from cus_portal.paging import Slice

LONG = "Powiatowe Centrum Pomocy Rodzinie i Poradnia Psychologiczno-Pedagogiczna w Konstantynopolitańczykowiance"
SERIES = [("mine", "my"), ("theirs", "instytucje"), ("hold", "osoby")]


class SampleForm(PortalForm):
    name = forms.CharField(label="Imię i nazwisko", help_text="Tak, jak w dowodzie.")
    phone = forms.CharField(label="Telefon", required=False, help_text="Zadzwonimy tylko w tej sprawie.")
    born_on = DayField(label="Data urodzenia", help_text="Na przykład 12.11.1948")
    area = forms.ChoiceField(label="Miejscowość", choices=[("", "wybierz"), ("b", "Bełżyce"), ("z", "Zagórze II")])
    contact = forms.ChoiceField(
        label="Jak się z Tobą kontaktować?",
        help_text="Wybierz najbezpieczniejszy sposób.",
        choices=[("phone", "telefonicznie"), ("mail", "e-mailem"), ("post", "listem na adres, który podasz niżej")],
        widget=forms.RadioSelect,
    )
    needs = forms.MultipleChoiceField(
        label="Czego potrzebujesz?",
        choices=[("home", "pomoc w domu"), ("talk", "rozmowa z psychologiem"), ("ride", "dojazd do lekarza")],
        widget=forms.CheckboxSelectMultiple,
    )
    story = forms.CharField(label="Opisz to własnymi słowami", required=False, widget=forms.Textarea)
    paper = forms.FileField(label="Dokument", required=False, help_text="PDF, JPG lub PNG, do 20 MB.")
    read = forms.BooleanField(label="Wiem, co stanie się z moimi danymi")


class SampleFilter(FilterForm):
    word = forms.CharField(label="Słowo", required=False)
    price = forms.ChoiceField(label="Koszt", choices=[("", "każdy"), ("free", "bezpłatnie")], required=False)


class WrongFilter(FilterForm):
    since = forms.DateField(label="Od dnia", required=False)
    until = forms.DateField(label="Do dnia", required=False)


def context(request) -> dict:
    wrong = SampleForm(
        {
            "name": "Zofia\u202e Nowak",
            "phone": "1" * 300,
            "born_on": "31.02.1948",
            "contact": "owl",
            "story": "Zaczęło",
        },
        auto_id="wrong_%s",
    )
    many = Paginator(range(1000), 20)
    return {
        "form": SampleForm(),
        "wrong_form": wrong,
        "filter_form": SampleFilter(QueryDict(), auto_id="quiet_%s"),
        "chosen_filter_form": SampleFilter(QueryDict("word=logopeda&price=free"), auto_id="chosen_%s"),
        "wrong_filter_form": WrongFilter(QueryDict("since=wczoraj"), auto_id="bad_%s"),
        "long": LONG,
        "facts": [
            ("Dla kogo", "Dzieci 2–10 lat, dorośli po udarze"),
            ("Koszt", "bezpłatnie"),
            ("Co przynieść", ["oświadczenie", "opinia poradni, jeśli jest"]),
            ("Puste", ""),
            (LONG, LONG),
        ],
        "steps": [
            {"title": "Zgłoszenie przyjęte", "state": "done", "at": date(2026, 11, 12)},
            {"title": "Prosimy o orzeczenie", "state": "now", "text": "Twoja kolej. Zegar stoi."},
            {"title": "Decyzja o zakwalifikowaniu", "state": "next", "text": "do 12 grudnia"},
        ],
        "one_step": [{"title": "Zgłoszenie przyjęte", "state": "now"}],
        "page_one": Paginator(range(3), 20).page(1),
        "page_middle": many.page(25),
        "part": Slice(rows=[], previous="przed", following="za"),
        "series": SERIES,
        "chart_rows": [
            ("PCPR w Lublinie", (3, 9, 2), "/demo/styl/?instytucja=pcpr"),
            ("SP ZOZ Bełżyce", (0, 11, 0), "/demo/styl/?instytucja=spzoz"),
            (LONG, (1, 0, 5), ""),
            ("PUP w Lublinie", (0, 0, 0), ""),
        ],
        "one_series": [("theirs", "skierowania")],
        "one_row": [("PCPR w Lublinie", (1,), "")],
        "empty_rows": [("PCPR w Lublinie", (0,), "")],
        "sample_day": date(2026, 11, 12),
        "sample_moment": datetime(2026, 11, 12, 14, 5, tzinfo=ZoneInfo("Europe/Warsaw")),
        "amounts": [Decimal("0"), Decimal("12"), Decimal("1234.50")],
    }
