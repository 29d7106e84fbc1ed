"""Who may do what with one plan, referral or report."""

from django.db.models import Subquery
from django.db.models.functions import Coalesce

from coordination.models import Plan, PlanItem, Provision, Referral, SurveyAnswer
from coordination.models.incoming import OPEN_PROTECTED
from cus_portal.accounts.actors import LinkHolder, ReferralLinkHolder
from cus_portal.accounts.permissions import rule
from cus_portal.accounts.roles import Role
from cus_portal.audit.log import history
from cus_portal.notifications.shut import shut_to
from residents.models.restricted import reaches
from residents.models.team import leads, works_on

WRITTEN = [f"plan.{act}" for act in ("change", "add_item", "change_item", "remove_item", "agree", "submit")]
APPROVED = ["plan.approve", "plan.approve_alone"]


@rule("coordination.view_plan")
def plan_is_seen_with_its_case(actor, plan):
    return actor.has_perm("residents.view_case", plan.case)


@rule("coordination.draft_plan")
def plan_is_written_by_who_leads_the_case(actor, subject):
    """Asked about a plan and an item of one, and about a case for its first plan."""
    plan = subject.plan if isinstance(subject, PlanItem) else subject
    case = plan.case if isinstance(plan, Plan) else plan
    return leads(actor, case) and reaches(actor, case)


@rule("coordination.approve_plan")
def plan_is_approved_by_another(actor, plan):
    """Four eyes: by nobody who has written in it since it was last approved, whatever his role."""
    return actor.works_at_centre() and reaches(actor, plan.case) and actor.pk not in writers_of(plan)


@rule("coordination.approve_own_plan")
def own_plan_is_approved_as_an_exception(actor, plan):
    """By the director of a centre in which nobody else may; the action sees to it that nobody else is there."""
    return actor.works_at_centre() and reaches(actor, plan.case) and actor.pk in writers_of(plan)


def writers_of(plan):
    """Return the keys of those whose words the plan has: its author, and who changed it since its last approval."""
    newest = history(plan).filter(action__in=APPROVED).values("pk")[:1]
    acts = history(plan).filter(action__in=WRITTEN, pk__gt=Coalesce(Subquery(newest), 0))
    return {plan.author_id, *acts.order_by().values_list("actor_id", flat=True).distinct()}


@rule("coordination.view_referral")
def referral_is_seen_by_both_sides(actor, referral):
    """The list form is Referral.objects.visible_to; a test proves that both agree."""
    if is_received_by(actor, referral):
        return True
    case, protected = referral.case, Referral.Confidentiality.PROTECTED
    for_team = referral.confidentiality == protected and case.restricted_file_id is None
    return actor.has_perm("residents.view_case", case) and (not for_team or works_on(actor, case))


def is_received_by(actor, referral):
    """By an account of the receiver; or by the link to this one referral, while it may go by one."""
    if isinstance(actor, ReferralLinkHolder):
        is_his = referral.pk == actor.referral_id and referral.may_go_by_link()
    else:
        is_his = referral.receiver_id in actor.institutions_granting("coordination.answer_referral")
    return is_his and referral.is_shown_to_receiver()


@rule("coordination.send_referral", "coordination.close_referral")
def referral_is_moved_by_who_leads_the_case(actor, subject):
    """Asked about a referral, and about a case for a new one."""
    case = subject.case if isinstance(subject, Referral) else subject
    return leads(actor, case) and reaches(actor, case)


@rule("coordination.discard_referral")
def mistake_is_marked_by_who_leads_the_case_or_keeps_the_register(actor, referral):
    """The organiser keeps the register: her people's mistakes do not stay when they are away."""
    if actor.has_perm("coordination.send_referral", referral):
        return True
    return actor.granted("coordination.keep_register") and actor.has_perm("coordination.view_referral", referral)


@rule("coordination.withdraw_referral")
def referral_is_withdrawn_by_its_coordinator_or_by_the_person(actor, referral):
    return actor.has_perm("coordination.send_referral", referral) or is_the_persons(actor, referral)


@rule("coordination.confirm_referral")
def outcome_is_confirmed_by_the_person(actor, referral):
    return is_the_persons(actor, referral)


def is_the_persons(actor, referral):
    """By the request on which its consent stands; nothing protected, restricted, or that a statute asks for."""
    is_secret = referral.statute or referral.confidentiality == Referral.Confidentiality.PROTECTED
    rests_on = None if is_secret else referral.consent
    if not isinstance(actor, LinkHolder) or rests_on is None or referral.case.restricted_file_id is not None:
        return False
    return rests_on.request_id == actor.request_id


@rule("coordination.answer_referral", "coordination.claim_referral")
def referral_is_answered_by_its_receiver(actor, referral):
    return is_received_by(actor, referral)


@rule("coordination.conclude_referral")
def referral_is_concluded_by_either_side(actor, referral):
    return actor.has_perm("coordination.send_referral", referral) or actor.has_perm(
        "coordination.answer_referral", referral
    )


@rule("coordination.pass_on_referral")
def referral_is_passed_on_by_whoever_redirected_it(actor, referral):
    return referral.parent_id is not None and actor.has_perm("coordination.conclude_referral", referral.parent)


@rule("coordination.stop_referral")
def referral_is_stopped_by_whoever_takes_its_consent_back(actor, referral):
    """Only once the consent is withdrawn, and never where a statute asks for the referral."""
    consent = None if referral.statute else referral.consent
    withdrawn = consent is not None and consent.withdrawn_at is not None
    return withdrawn and actor.has_perm("residents.withdraw_consent", consent)


@rule("coordination.view_incomingreferral", "coordination.answer_incoming", "coordination.admit_sender")
def incoming_referral_is_dealt_with_by_the_desk(actor, incoming):
    """The list form is IncomingReferral.objects.visible_to: what became a restricted request is closed with it.

    A protected one is open to the organiser, the director and whoever has it in hand.
    """
    if incoming.is_protected and not (actor.granted(OPEN_PROTECTED) or incoming.assigned_to_id == actor.pk):
        return False
    return incoming.request is None or reaches(actor, incoming.request)


@rule("coordination.conclude_incoming")
def incoming_referral_is_concluded_by_either_side(actor, incoming):
    return actor.has_perm("coordination.answer_incoming", incoming) or actor.has_perm(
        "coordination.file_incoming", incoming
    )


@rule("coordination.confirm_incoming")
def answer_to_what_came_is_confirmed_by_the_person(actor, incoming):
    """By the request it became; never a protected or restricted one, nor one that a statute asked for."""
    request = incoming.request
    if not isinstance(actor, LinkHolder) or request is None or incoming.statute:
        return False
    return not incoming.is_protected and request.restricted_file_id is None and request.pk == actor.request_id


@rule("coordination.file_incoming")
def incoming_referral_is_followed_by_its_sender(actor, incoming):
    return incoming.sender_id in actor.institutions_granting("coordination.file_incoming")


@rule("coordination.expire_referral", "coordination.follow_referral", "coordination.carry_out_destruction")
def clock_does_it(actor, row):
    return True


@rule("coordination.view_datarequest", "coordination.handle_datarequest")
def request_about_data_is_seen_with_its_person(actor, asked):
    """The list form is DataRequest.objects.visible_to."""
    return actor.has_role(Role.DPO) or actor.has_perm("residents.view_resident", asked.resident)


@rule("coordination.add_datarequest")
def request_about_data_is_recorded_of_a_person_one_sees(actor, resident):
    return actor.has_perm("residents.view_resident", resident)


@rule("coordination.review_datarequest", "coordination.decide_datarequest")
def copies_are_looked_through_by_the_officer(actor, asked):
    return True


@rule(
    "coordination.view_retentionrule",
    "coordination.change_retentionrule",
    "coordination.view_retentionhold",
    "coordination.change_retentionhold",
    "coordination.view_destructionlist",
    "coordination.review_destructionlist",
    "coordination.sign_destructionlist",
)
def terms_of_keeping_are_open_to_their_keepers(actor, row):
    return True


@rule(
    "coordination.view_plantemplate",
    "coordination.change_plantemplate",
    "coordination.view_referralclock",
    "coordination.change_referralclock",
)
def templates_and_clocks_are_the_centres(actor, row):
    return actor.works_at_centre()


@rule("coordination.view_surveyinvitation")
def invitation_is_seen_with_what_it_is_about(actor, invitation):
    kind = "provision" if invitation.item_id is None else "plan"
    return actor.has_perm(f"coordination.view_{kind}", invitation.about)


@rule("coordination.view_surveyanswer")
def answer_is_seen_among_enough_others(actor, answer):
    return actor.works_at_centre() and SurveyAnswer.objects.telling().filter(pk=answer.pk).exists()


@rule(
    "coordination.view_communityplan",
    "coordination.change_communityplan",
    "coordination.adopt_communityplan",
    "coordination.view_supportingaction",
    "coordination.change_supportingaction",
    "coordination.view_communityevent",
    "coordination.change_communityevent",
    "coordination.sign_up",
    "coordination.view_volunteer",
    "coordination.change_volunteer",
    "coordination.view_exchangeevent",
    "coordination.change_exchangeevent",
    "coordination.publish_exchangeevent",
    "coordination.view_exchangesignup",
    "coordination.view_goodpractice",
    "coordination.change_goodpractice",
    "coordination.publish_goodpractice",
)
def community_work_is_the_centres(actor, row):
    return actor.works_at_centre()


@rule(
    "coordination.view_partnertoken",
    "coordination.revoke_partnertoken",
    "coordination.view_webhook",
    "coordination.keep_webhook",
)
def programs_are_connected_by_who_keeps_the_institutions(actor, row):
    return actor.works_at_centre()


@rule("coordination.view_webhookcall", "coordination.repeat_webhookcall")
def call_is_seen_unless_its_referral_is_closed_to_the_reader(actor, call):
    return actor.works_at_centre() and not type(call).objects.filter(shut_to(actor), pk=call.pk).exists()


@rule("coordination.view_report", "coordination.make_report")
def reports_are_open_to_their_readers(actor, report):
    return True


@rule(
    "coordination.view_contract",
    "coordination.manage_contract",
    "coordination.view_settlement",
    "coordination.close_settlement",
)
def contracts_are_open_to_their_keepers(actor, row):
    """Whoever is named in a settlement's lines is seen with his case all the same."""
    return True


@rule("coordination.view_provision")
def given_service_is_seen_with_its_case(actor, provision):
    """The list form is Provision.objects.visible_to."""
    return actor.has_perm("residents.view_case", provision.case)


@rule("coordination.arrange_service", "coordination.answer_objection")
def service_is_arranged_by_who_leads_the_case_and_by_the_organiser(actor, subject):
    """Asked about a service or a visit, and about a case for a new one."""
    case = _case_of(subject)
    return (leads(actor, case) or actor.granted("residents.view_every_case")) and reaches(actor, case)


@rule("coordination.mark_visit")
def visit_is_marked_by_who_was_there_or_by_the_office(actor, subject):
    """Asked about a visit, and about a service for a visit nobody had planned.

    Who was there marks it as long as he works for that provider; the list form is ServiceRecord.objects.of_worker.
    """
    if subject.worker_id == actor.pk:
        there = actor.institutions_granting("coordination.mark_visit")
        if subject.contract.agreement.institution_id in there:
            return True
    return actor.has_perm("coordination.arrange_service", subject)


@rule("coordination.object_record")
def objection_is_the_persons(actor, record):
    item = record.provision.item
    return item is not None and item.request_id == actor.request_id


def _case_of(subject):
    if hasattr(subject, "provision"):
        return subject.provision.case
    return subject.case if isinstance(subject, Provision) else subject
