# SPDX-License-Identifier: MIT
"""Django's hello, in one file."""

from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="not a secret",
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
    ],
)

# Only a configured Django can be imported further.
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402


def hello(request: HttpRequest) -> HttpResponse:
    """10 bytes."""
    return HttpResponse(b"x" * 10, content_type="text/plain")


urlpatterns = [path("", hello)]
application = get_wsgi_application()
