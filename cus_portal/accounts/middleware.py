from django.utils.cache import add_never_cache_headers


class NoStoreMiddleware:
    """What somebody saw who was signed in is kept by no cache: not by a proxy, nor for the next one at the computer."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if not response.has_header("Cache-Control") and request.user.is_authenticated:
            add_never_cache_headers(response)
        return response
