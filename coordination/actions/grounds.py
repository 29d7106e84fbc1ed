"""What a referral stands on before it is sent: a live receiver, one open at a time, a legal basis for its data.

And how far ahead the days lie that its receiver names.
"""

from datetime import date, datetime, timedelta

from django.contrib.postgres.aggregates import ArrayAgg
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.disclosure import DISCLOSABLE, DOCUMENTS
from coordination.models import IncomingReferral, Referral
from cus_portal.accounts.models import Institution
from residents.models import Consent
from residents.models.consent import closed_to
from services.models import Agreement

# Until the day that is named nobody is late: it may not lie so far ahead that the person is forgotten.
LOOKED_AT_WITHIN = timedelta(days=90)
BEGINS_WITHIN = timedelta(days=365)
REOPEN_WITHIN = timedelta(days=30)
PROTECTED = Referral.Confidentiality.PROTECTED
LOOK_AGAIN = gettext_lazy("This day is still to come.")


class one_open_referral:  # noqa: N801 (reads as a sentence after `with`)
    """Let a referral be open at a live receiver only, and turn the database's refusal of a second into a sentence."""

    def __init__(self, case, service, receiver):
        self.same = {"case": case, "service": service, "receiver": receiver}

    def __enter__(self):
        live_receiver(self.same["receiver"].pk)
        return self

    def __exit__(self, kind, error, trace):
        if not isinstance(error, IntegrityError) or "one_open_referral_for_case_service_receiver" not in str(error):
            return
        other = Referral.objects.open().filter(**self.same).first()
        raise ValidationError(
            {
                "receiver": _(
                    "This institution already has an open referral for this: %(number)s. Finish or withdraw it first."
                )
                % {"number": other or ""}
            }
        ) from None


# What a consent was given for is what the referral is for; a statutory notice needs a statute.
PURPOSE = {
    Referral.Kind.SERVICE_REFERRAL: Consent.Purpose.HELP,
    Referral.Kind.HANDOVER: Consent.Purpose.FORWARDING,
    Referral.Kind.COOPERATION_REQUEST: Consent.Purpose.COOPERATION,
    Referral.Kind.INFORMATION_REQUEST: Consent.Purpose.INFORMATION,
}


def newest_consent(case, receiver, kind, fields, *, confidentiality, on, by=None) -> Consent | None:
    """Return the newest consent that covers such a referral on that day, of those that its writer may know of.

    On whichever an ordinary referral rests, whoever sees that one sees it: never on one that only protected ones have.
    """
    covering = Consent.objects.covering(receiver, PURPOSE.get(kind, ""), fields, on=on)
    if confidentiality != PROTECTED:
        covering = covering.exclude(closed_to())
    elif by is not None:
        covering = covering.exclude(closed_to(by))
    return covering.filter(request__case__in=case.with_earlier()).order_by("-given_on", "-pk").first()


def still_covering(referral, *, on) -> Consent | None:
    """Return the consent on which the referral rests on that day: its own, or one given anew for the same."""
    if referral.consent.is_in_force(on):
        return referral.consent
    return consent_to(referral.receiver, referral, on=on)


def consent_to(receiver, referral, *, on) -> Consent | None:
    """Return the newest consent by which what this referral says may go to the receiver."""
    told = referral.case, receiver, referral.kind, handed_over_by(referral)
    return newest_consent(*told, confidentiality=referral.confidentiality, on=on)


def handed_over_by(referral) -> set[str]:
    """Return by their names the data that the receiver has: documents may have gone later, with an answer."""
    return {*referral.disclosed_fields, *([DOCUMENTS] if referral.attachments.exists() else [])}


def check_consent_is_shown(consent, confidentiality, *, but=None) -> None:
    """Let no ordinary referral make a consent known on which only protected ones rest, or rested.

    `but` is the one in hand: it may cease to be protected.
    """
    if consent is None or confidentiality == PROTECTED:
        return
    resting = dict(Referral.objects.filter(consent=consent).values_list("pk", "confidentiality"))
    was_its_own = resting.get(but) == PROTECTED
    if was_its_own:
        del resting[but]
    if set(resting.values()) == {PROTECTED} or (consent.for_protected and not resting and not was_its_own):
        words = _("Only protected referrals rest on this consent. Record another one for this referral.")
        raise ValidationError({"consent": words})


def check_fields(names) -> None:
    if unknown := set(names) - set(DISCLOSABLE):
        raise ValidationError(_("Unknown data: %(names)s.") % {"names": ", ".join(sorted(unknown))})


def receiver_of_the_day(referral, *, on) -> dict:
    """Return what is kept of the receiver at sending: its name, and the agreement under which the referral runs."""
    agreement = agreements_of_the_day([referral], on=on).get(referral.pk)
    return {"receiver_name": referral.receiver.name, "agreement": agreement}


def agreements_of_the_day(drafts, *, on) -> dict[int, Agreement]:
    """Return, by their keys, under which agreement each of these would go out: one about its service goes first."""
    there = Agreement.objects.in_force(on).filter(institution__in={draft.receiver_id for draft in drafts})
    agreements = list(there.annotate(about=ArrayAgg("services", default=[])).order_by("-valid_from", "pk"))
    found = {}
    for draft in drafts:
        of_receiver = [one for one in agreements if one.institution_id == draft.receiver_id]
        named = [one for one in of_receiver if draft.service_id and draft.service_id in one.about]
        if fitting := [*named, *(one for one in of_receiver if not any(one.about))]:
            found[draft.pk] = fitting[0]
    return found


def live_receiver(pk) -> Institution:
    """Return the institution, held until the end of the transaction: it cannot close or be taken over meanwhile."""
    receiver = Institution.objects.select_for_update(no_key=True).get(pk=pk)
    if not receiver.is_active:
        raise ValidationError(_("This institution no longer works with the portal. Choose another."))
    return receiver


def check_receiver(referral) -> None:
    receiver = live_receiver(referral.receiver_id)
    if receiver.pk == referral.sender_id or receiver.is_centre:
        raise ValidationError(_("A referral goes to another institution, not to the centre itself."))


def check_legal_basis(referral, *, on, more=()) -> None:
    """Nothing is sent without a consent to this receiver, for this purpose, to these data, in force today.

    Or a statute asks for it. `more` names data that go beyond those of the referral.
    """
    if referral.statute:
        return
    if referral.kind == Referral.Kind.STATUTORY_NOTICE:
        raise ValidationError(_("A statutory notice names the act and article that ask for it."))
    # The row is held until the referral is written, so a withdrawal comes wholly before or wholly after.
    consent = Consent.objects.select_for_update().filter(pk=referral.consent_id)
    if not consent.exists():
        raise ValidationError(_("Record the person's consent to this institution, or the statute that asks for it."))
    mine = consent.in_force(on).filter(receiver=referral.receiver, request__case__in=referral.case.with_earlier())
    given = mine.first()
    if given is None:
        raise ValidationError(
            _("This consent is not in force today, or is to another institution. Record one for this institution.")
        )
    if given.purpose != PURPOSE.get(referral.kind):
        raise ValidationError(
            _("The person consented for another purpose (%(purpose)s). Ask for a consent to this one.")
            % {"purpose": given.get_purpose_display()}
        )
    if beyond := {*referral.disclosed_fields, *more} - set(given.data_fields):
        names = ", ".join(str(field.label) for name, field in DISCLOSABLE.items() if name in beyond)
        raise ValidationError(
            _(
                "The person has not consented to handing over: %(names)s. "
                "Record a consent that names it, or leave it out."
            )
            % {"names": names}
        )


def covers_documents(referral) -> bool:
    """Tell whether what the referral rests on lets documents go along."""
    return bool(referral.statute) or DOCUMENTS in referral.consent.data_fields


def is_taken_back_in_time(refused: Referral | IncomingReferral, *, now: datetime) -> bool:
    """Tell whether a refusal may still be taken back: once, and within thirty days."""
    return refused.reopened_at is None and now - (refused.ended_at or now) <= REOPEN_WITHIN


def check_review_day(day: date, *, on: date) -> None:
    if day <= on:
        raise ValidationError({"review_on": _("Write a day that is still to come.")})
    if day > on + LOOKED_AT_WITHIN:
        words = _("Look at it again within %(days)d days. After that it can be put on hold once more.")
        raise ValidationError({"review_on": words % {"days": LOOKED_AT_WITHIN.days}})


def check_first_day(day: date, *, on: date) -> None:
    if day < on:
        raise ValidationError({"planned_start_on": _("This day has passed. When will you begin?")})
    if day > on + BEGINS_WITHIN:
        raise ValidationError({"planned_start_on": _("Choose a day within a year.")})
