"""The resident's pages."""

from residents.views.account import (
    account_delete,
    account_enter,
    account_leave_everywhere,
    account_link_sent,
    account_mails,
    account_open,
    matter_join,
    matter_new,
    matter_open,
    matter_open_filed,
    matter_take_out,
    my_matters,
)
from residents.views.drafts import draft_open, draft_save, draft_saved
from residents.views.filing import call_back, request_check, request_done, request_forget, request_new, request_step
from residents.views.following import (
    attachments_add,
    contact_correct,
    item_withdraw,
    leave,
    question_answer,
    request_receipt,
    request_status,
    request_track,
    request_withdraw,
    track_end,
    who_looked,
)
from residents.views.messages import request_messages
from residents.views.node import node_begin, node_metadata, node_receive, node_return
from residents.views.notice import privacy
from residents.views.reports import report_answer, report_done, report_new

__all__ = [
    "account_delete",
    "account_enter",
    "account_leave_everywhere",
    "account_link_sent",
    "account_mails",
    "account_open",
    "matter_join",
    "matter_new",
    "matter_open",
    "matter_open_filed",
    "node_begin",
    "node_metadata",
    "node_receive",
    "node_return",
    "matter_take_out",
    "my_matters",
    "attachments_add",
    "call_back",
    "contact_correct",
    "draft_open",
    "draft_save",
    "draft_saved",
    "item_withdraw",
    "leave",
    "request_messages",
    "privacy",
    "question_answer",
    "report_answer",
    "report_done",
    "report_new",
    "request_check",
    "request_done",
    "request_forget",
    "request_new",
    "request_receipt",
    "request_status",
    "request_step",
    "request_track",
    "request_withdraw",
    "track_end",
    "who_looked",
]
