# SPDX-License-Identifier: MIT
"""A Django site: database sessions, CSRF protection, the admin, uploads."""

from __future__ import annotations

import hashlib
import os

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.path.join(os.environ["SITE_FOLDER"], "site.sqlite3"),
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    FILE_UPLOAD_MAX_MEMORY_SIZE=100_000,
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
    ],
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "loggers": {"django.request": {"handlers": ["console"]}},
    },
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    ROOT_URLCONF=__name__,
    SECRET_KEY="of a test",
    STATIC_URL="/static/",
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    USE_TZ=True,
)
django.setup()

from django.contrib import admin  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.middleware.csrf import get_token  # noqa: E402


def index(request: HttpRequest) -> HttpResponse:
    """The page with the token that forms need."""
    return HttpResponse(get_token(request))


def login(request: HttpRequest) -> HttpResponse:
    """Keeps the name in the session."""
    request.session["name"] = request.POST["name"]
    return redirect("/me")


def me(request: HttpRequest) -> HttpResponse:
    """The name in the session."""
    return HttpResponse(request.session.get("name", "nobody"))


def upload(request: HttpRequest) -> HttpResponse:
    """What came in the form."""
    digest, size = hashlib.sha256(), 0
    for chunk in request.FILES["file"].chunks():
        digest.update(chunk)
        size += len(chunk)
    return JsonResponse(
        {
            "note": request.POST["note"],
            "name": request.FILES["file"].name,
            "size": size,
            "sha256": digest.hexdigest(),
        }
    )


def stream(request: HttpRequest) -> StreamingHttpResponse:
    """A body of unknown length."""
    return StreamingHttpResponse(f"line {number}\n" for number in range(1000))


def fail(request: HttpRequest) -> HttpResponse:
    """Raises."""
    raise RuntimeError("the site fails on purpose")


urlpatterns = [
    path("", index),
    path("login", login),
    path("me", me),
    path("upload", upload),
    path("stream", stream),
    path("fail", fail),
    path("admin/", admin.site.urls),
]

application = get_wsgi_application()
