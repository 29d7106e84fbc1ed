from cus_portal.accounts.permissions import rule
from cus_portal.notifications.shut import shut_to


@rule("notifications.view_message", "notifications.resend_message")
def outbox_is_open_to_its_keepers(actor, message):
    return not type(message).objects.filter(shut_to(actor), pk=message.pk).exists()
