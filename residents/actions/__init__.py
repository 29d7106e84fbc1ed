"""What can be done with a request, its needs and its case. The only writers of these tables."""

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
    "ask_resident",
    "settle_if_decided",
    "submit_request",
    "take_up",
    "withdraw_item",
    "withdraw_request",
]
