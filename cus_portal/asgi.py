import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cus_portal.settings.production")
application = get_asgi_application()
