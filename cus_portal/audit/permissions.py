from cus_portal.accounts.permissions import rule


@rule("audit.view_auditevent")
def audit_is_read_by_its_keeper(actor, event):
    return True
