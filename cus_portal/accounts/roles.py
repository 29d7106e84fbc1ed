"""Who may do what kind of thing: role -> permissions, as a table.

A permission here opens the kind of act; the @rule of the same name decides on the single object.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    DIRECTOR = "director", _("director")
    ORGANISER = "organiser", _("organiser of social services")
    PLAN_APPROVER = "plan_approver", _("authorised to approve plans")
    COORDINATOR = "coordinator", _("coordinator of individual plans")
    CLERK = "clerk", _("intake clerk")
    COMMUNITY = "community", _("community organiser")
    PROTECTION = "protection", _("keeper of restricted files")
    DPO = "dpo", _("data protection officer")
    INSTITUTION_WORKER = "institution_worker", _("institution's worker")
    VISITING_WORKER = "visiting_worker", _("provider's worker who comes to people")
    CATALOGUE_EDITOR = "catalogue_editor", _("editor of the institution's services")
    STEERING = "steering", _("member of the steering team")


# What somebody may be who works at another institution; every other role is one of the centre's own people.
ROLES_ELSEWHERE = frozenset({Role.INSTITUTION_WORKER, Role.VISITING_WORKER, Role.CATALOGUE_EDITOR, Role.STEERING})

VIEW_CATALOGUE = {
    "services.view_service",
    "services.view_programme",
    "services.view_programmeservice",
    "services.view_location",
    "services.view_locality",
    "services.view_servicearea",
    "services.view_targetgroup",
    "services.view_guidequestion",
    "services.view_topic",
    "services.view_formtemplate",
    "services.view_agreement",
    "services.view_alert",
    "services.view_synonym",
    "services.view_entrytemplate",
    "services.view_rating",
    "accounts.view_institution",
}
EDIT_CATALOGUE = {
    "services.add_service",
    "services.import_services",
    "services.change_service",
    "services.revise_service",
    "services.publish_service",
    "services.add_programme",
    "services.change_programme",
    "services.revise_programme",
    "services.publish_programme",
    "services.add_programmeservice",
    "services.change_programmeservice",
    "services.add_location",
    "services.add_guidequestion",
    "services.change_guidequestion",
    "services.change_location",
    "services.add_topic",
    "services.change_topic",
    "services.change_targetgroup",
    "services.add_formtemplate",
    "services.change_formtemplate",
    "services.add_agreement",
    "services.change_agreement",
    "services.add_alert",
    "services.change_alert",
    "services.add_synonym",
    "services.change_synonym",
    "services.add_entrytemplate",
    "services.change_entrytemplate",
    "services.view_unmetsearch",
    "services.decide_unmetsearch",
    "accounts.add_institution",
    "accounts.change_institution",
}
# What one person wrote another one publishes: with the director a small centre has two.
REVIEW_CATALOGUE = {
    "services.review_service",
    "services.review_programme",
}
VIEW_REQUESTS = {
    "residents.view_servicerequest",
    "residents.view_requestitem",
    "residents.view_attachment",
    "residents.view_requestmessage",
    "residents.view_letter",
    "residents.view_needreport",
    "residents.view_consent",
}
HANDLE_REQUESTS = VIEW_REQUESTS | {
    "coordination.view_communityevent",
    "coordination.sign_up",
    "residents.add_complaint",
    "residents.break_glass",
    "residents.add_servicerequest",
    "residents.handle_needreport",
    "residents.take_up_request",
    "residents.hand_over_request",
    "residents.ask_resident",
    "residents.answer_question",
    "residents.keep_confidential",
    "residents.write_message",
    "residents.answer_message",
    "residents.write_letter",
    "residents.resend_mails",
    "residents.identify_person",
    "residents.settle_request",
    "residents.follow_needs",
    "residents.withdraw_request",
    "residents.withdraw_item",
    "residents.withdraw_consent",
    "residents.see_to_consent",
    "coordination.stop_referral",
    "coordination.view_incomingreferral",
    "coordination.add_incomingreferral",
    "coordination.answer_incoming",
    "coordination.conclude_incoming",
    "residents.answer_offer",
    "residents.view_resident",
    "residents.add_resident",
    "residents.change_resident",
    "residents.merge_residents",
    "residents.reveal_pesel",
    "residents.view_flag",
    "residents.flag_resident",
}
# Anybody who deals with people may close a file, and must say when he knows the person, or why he goes on with data
# whose processing is restricted.
GUARD_PEOPLE = {
    "residents.restrict_file",
    "residents.declare_conflict",
    "residents.use_restricted",
    "residents.view_restrictedfile",
}
# Everybody sees who of his own institution is away and writes down his own days; the director those of the centre.
KEEP_ABSENCES = {
    "accounts.view_absence",
    "accounts.add_absence",
    "accounts.change_absence",
}
# Who decides into which restricted file others are let.
OVERSEE_FILES = {
    "residents.view_restrictedfile",
    "residents.manage_restrictedfile",
    "residents.oversee_restricted_files",
}
# What a person asks about his own data: the desk writes it down and answers.
ANSWER_ABOUT_DATA = {
    "coordination.view_datarequest",
    "coordination.add_datarequest",
    "coordination.handle_datarequest",
}
# How long records are kept and what goes: the officer looks it through, the director signs.
WATCH_OVER_TERMS = {
    "coordination.view_retentionrule",
    "coordination.view_retentionhold",
    "coordination.add_retentionhold",
    "coordination.change_retentionhold",
    "coordination.view_destructionlist",
    "coordination.review_destructionlist",
}
# Volunteers are known to who works with them.
VIEW_COMMUNITY = {
    "coordination.view_communityevent",
    "coordination.sign_up",
    "coordination.view_communityplan",
    "coordination.view_supportingaction",
    "coordination.view_volunteer",
    "coordination.view_resources",
}
ORGANISE_COMMUNITY = VIEW_COMMUNITY | {
    "coordination.add_communityplan",
    "coordination.change_communityplan",
    "coordination.add_supportingaction",
    "coordination.change_supportingaction",
    "coordination.add_communityevent",
    "coordination.change_communityevent",
    "coordination.add_volunteer",
    "coordination.change_volunteer",
}
# What other municipalities are shown, and who of them comes.
SHARE_PRACTICE = {
    "coordination.view_exchangeevent",
    "coordination.add_exchangeevent",
    "coordination.change_exchangeevent",
    "coordination.publish_exchangeevent",
    "coordination.view_exchangesignup",
    "coordination.view_goodpractice",
    "coordination.add_goodpractice",
    "coordination.change_goodpractice",
    "coordination.publish_goodpractice",
}
DECIDE_ITEMS = {
    "residents.view_queueplace",
    "residents.triage_item",
    "residents.propose_refusal",
    "residents.handle_appeal",
}
VIEW_CASES = {
    "coordination.view_surveyinvitation",
    "residents.view_case",
    "residents.view_casenote",
    "residents.view_flag",
    "residents.view_resident",
    "coordination.view_plan",
    "coordination.view_referral",
    "coordination.view_provision",
}
# What opens to whoever is on the care team of a case, while he is on it: the rules on the case say whose it is.
SERVE_ON_TEAMS = {
    "residents.view_case",
    "residents.view_casenote",
    "residents.write_note",
    "residents.change_note",
    "coordination.view_plan",
    "coordination.view_referral",
    "coordination.view_provision",
}
# Who gives services to people by which contract: the coordinator of the case, and the organiser for all.
ARRANGE_SERVICES = {
    "coordination.arrange_service",
    "coordination.answer_objection",
    "coordination.mark_visit",
    "coordination.view_contract",
}
KEEP_CONTRACTS = {
    "coordination.add_contract",
    "coordination.manage_contract",
    "coordination.view_settlement",
    "coordination.close_settlement",
}
WORK_CASES = (
    VIEW_CASES
    | ARRANGE_SERVICES
    | {
        "residents.open_case",
        "residents.close_case",
        "residents.reopen_case",
        "residents.write_assessment",
        "residents.assign_case",
        "residents.change_team",
        "residents.write_note",
        "residents.change_note",
        "coordination.draft_plan",
        "coordination.view_plantemplate",
        "coordination.send_referral",
        "coordination.withdraw_referral",
        "coordination.discard_referral",
        "coordination.close_referral",
        "coordination.conclude_referral",
        "coordination.pass_on_referral",
        "coordination.view_dashboard",
        "residents.view_unmetneed",
    }
)

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    Role.CLERK: frozenset(
        VIEW_CATALOGUE
        | HANDLE_REQUESTS
        | SERVE_ON_TEAMS
        | GUARD_PEOPLE
        | ANSWER_ABOUT_DATA
        | KEEP_ABSENCES
        # never who gave the help: a paper comes back to the desk
        | {"coordination.enter_surveyanswer"}
    ),
    Role.COMMUNITY: frozenset(VIEW_CATALOGUE | ORGANISE_COMMUNITY | KEEP_ABSENCES | {"coordination.view_report"}),
    Role.PROTECTION: frozenset(VIEW_REQUESTS | {"residents.view_resident"} | GUARD_PEOPLE | OVERSEE_FILES),
    Role.COORDINATOR: frozenset(
        VIEW_CATALOGUE | HANDLE_REQUESTS | GUARD_PEOPLE | ANSWER_ABOUT_DATA | DECIDE_ITEMS | WORK_CASES | KEEP_ABSENCES
    ),
    Role.ORGANISER: frozenset(
        VIEW_CATALOGUE
        | EDIT_CATALOGUE
        | REVIEW_CATALOGUE
        | HANDLE_REQUESTS
        | ANSWER_ABOUT_DATA
        | GUARD_PEOPLE
        | KEEP_ABSENCES
        | DECIDE_ITEMS
        | VIEW_CASES
        | ARRANGE_SERVICES
        | KEEP_CONTRACTS
        | SHARE_PRACTICE
        | {
            "residents.view_every_case",
            "residents.carry_queue",
            "coordination.view_partnertoken",
            "coordination.add_partnertoken",
            "coordination.revoke_partnertoken",
            "coordination.view_webhook",
            "coordination.add_webhook",
            "coordination.keep_webhook",
            "coordination.view_webhookcall",
            "coordination.repeat_webhookcall",
            *VIEW_COMMUNITY,
            "residents.view_unmetneed",
            "residents.classify_unmetneed",
            "residents.close_unmetneed",
            "residents.view_complaint",
            "residents.pass_complaint_on",
            "coordination.admit_sender",
            "coordination.open_protected_incoming",
            "coordination.discard_referral",
            "coordination.keep_register",
            "coordination.view_plantemplate",
            "coordination.add_plantemplate",
            "coordination.change_plantemplate",
            "coordination.view_referralclock",
            "coordination.add_referralclock",
            "coordination.change_referralclock",
            "coordination.enter_surveyanswer",
            "coordination.view_surveyanswer",
            "residents.reopen_case",
            "coordination.view_dashboard",
            "coordination.view_report",
            "notifications.view_message",
            "notifications.resend_message",
        }
    ),
    Role.DIRECTOR: frozenset(
        VIEW_CATALOGUE
        | REVIEW_CATALOGUE
        | VIEW_REQUESTS
        | ANSWER_ABOUT_DATA
        | VIEW_CASES
        | GUARD_PEOPLE
        | KEEP_ABSENCES
        | OVERSEE_FILES
        | WATCH_OVER_TERMS
        | SHARE_PRACTICE
        | {
            "residents.hand_over_request",
            "coordination.view_plantemplate",
            "coordination.view_referralclock",
            "residents.view_conflictofinterest",
            "residents.end_conflict",
            "coordination.add_retentionrule",
            "coordination.change_retentionrule",
            "coordination.sign_destructionlist",
            "accounts.view_user",
            "accounts.view_membership",
            "accounts.end_sessions",
            "accounts.view_authorisation",
            "accounts.add_authorisation",
            "accounts.change_authorisation",
            "residents.sign_refusal",
            "coordination.view_incomingreferral",
            "coordination.open_protected_incoming",
            "residents.add_complaint",
            "residents.view_complaint",
            "residents.answer_complaint",
            *VIEW_COMMUNITY,
            "coordination.adopt_communityplan",
            "coordination.view_surveyanswer",
            "residents.pass_complaint_on",
            "residents.view_unmetneed",
            "residents.view_queueplace",
            "residents.settle_request",
            "residents.follow_needs",
            "residents.assign_case",
            "residents.change_team",
            "residents.reopen_case",
            "residents.view_every_case",
            "coordination.approve_plan",
            "coordination.approve_own_plan",
            "coordination.view_contract",
            "coordination.view_settlement",
            "coordination.view_dashboard",
            "coordination.view_report",
            "coordination.make_report",
            "notifications.view_message",
        }
    ),
    # The director's written authorisation of an organiser (Act of 19 July 2019): a dated membership of its own.
    Role.PLAN_APPROVER: frozenset(VIEW_CASES | {"coordination.approve_plan"}),
    Role.DPO: frozenset(
        WATCH_OVER_TERMS
        | {
            "residents.view_conflictofinterest",
            "coordination.view_datarequest",
            "coordination.review_datarequest",
            "coordination.decide_datarequest",
            "accounts.view_authorisation",
            "audit.view_auditevent",
            "accounts.view_membership",
            "accounts.view_user",
            "accounts.view_institution",
        }
    ),
    Role.INSTITUTION_WORKER: frozenset(
        KEEP_ABSENCES
        | {
            "coordination.view_inbox",
            "coordination.file_incoming",
            "coordination.conclude_incoming",
            "coordination.view_referral",
            "coordination.answer_referral",
            "coordination.claim_referral",
            "coordination.conclude_referral",
            "coordination.pass_on_referral",
        }
    ),
    # His own visits of yesterday, today and tomorrow: whom, where and what to do, and nothing else of a file.
    Role.VISITING_WORKER: frozenset({"coordination.view_visits", "coordination.mark_visit"}),
    # Only the entries whose provider is that institution, and never past a second person at the centre.
    Role.CATALOGUE_EDITOR: frozenset(
        {"services.view_service", "services.add_service", "services.change_service", "services.revise_service"}
    ),
    Role.STEERING: frozenset({"coordination.view_report"}),
}

# Who keeps the machine running: accounts and the outbox, never a case.
SUPERUSER_PERMISSIONS = frozenset(
    {
        "accounts.view_user",
        "accounts.add_user",
        "accounts.change_user",
        "accounts.end_sessions",
        "accounts.view_authorisation",
        "accounts.add_authorisation",  # the first of all: before it the director cannot sign in
        "accounts.change_authorisation",
        "accounts.view_institution",
        "accounts.add_institution",
        "accounts.change_institution",
        "accounts.view_membership",
        "accounts.add_membership",
        "accounts.change_membership",
        "notifications.view_message",
        "notifications.resend_message",
    }
)
