from cus_portal.accounts.permissions import rule


@rule("notifications.view_message")
def outbox_is_open_to_its_keepers(actor, message):
    return True
