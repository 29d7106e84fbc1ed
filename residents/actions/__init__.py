"""What can be done with a request, its needs and its case. The only writers of these tables."""

from residents.actions.cases import assign_case, close_case, identify_person, note_plan, open_case, person_of
from residents.actions.drafts import forget_draft, save_draft, saved_draft, tidy_drafts
from residents.actions.items import (
    appeal_instruction,
    forward_item,
    inform_item,
    propose_refusal,
    qualify_item,
    return_refusal,
    sign_refusal,
    waitlist_item,
)
from residents.actions.requests import (
    Filing,
    add_attachments,
    answer_question,
    ask_resident,
    settle_if_decided,
    submit_request,
    take_up,
    withdraw_item,
    withdraw_request,
)

__all__ = [
    "Filing",
    "add_attachments",
    "answer_question",
    "appeal_instruction",
    "ask_resident",
    "assign_case",
    "close_case",
    "forget_draft",
    "forward_item",
    "identify_person",
    "inform_item",
    "note_plan",
    "open_case",
    "person_of",
    "propose_refusal",
    "qualify_item",
    "return_refusal",
    "save_draft",
    "saved_draft",
    "settle_if_decided",
    "sign_refusal",
    "submit_request",
    "take_up",
    "tidy_drafts",
    "waitlist_item",
    "withdraw_item",
    "withdraw_request",
]
