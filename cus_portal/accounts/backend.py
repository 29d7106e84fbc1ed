from django.contrib.auth.backends import ModelBackend


class PortalBackend(ModelBackend):
    """Passwords as Django keeps them. Permissions are the user's own answer: roles and rules, no groups.

    Django's AnonymousUser asks its back ends instead of answering: nobody signed in holds nothing here.
    """

    def has_perm(self, user_obj, perm, obj=None):
        return user_obj.is_authenticated and user_obj.has_perm(perm, obj)

    def has_module_perms(self, user_obj, app_label):
        return user_obj.is_authenticated and user_obj.has_module_perms(app_label)

    def get_all_permissions(self, user_obj, obj=None):
        return set(user_obj.permissions) if obj is None else set()
