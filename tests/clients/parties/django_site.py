"""A service in Django with mozilla-django-oidc: one file, whose settings come from the JSON file that is named.

The library looks users up by e-mail, which residents of this provider have not: its documentation shows how to key
them by another claim, in a backend of one's own. It knows no discovery; every endpoint is a setting.
"""

import json
import sys
from pathlib import Path
from urllib.parse import urlencode
from wsgiref.simple_server import make_server

import django
import requests
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import include, path

GIVEN = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
ORIGIN = f"http://127.0.0.1:{GIVEN['port']}"
METADATA = requests.get(
    f"{GIVEN['issuer']}/.well-known/openid-configuration", verify=GIVEN["ca_file"], timeout=30
).json()

settings.configure(
    SECRET_KEY=GIVEN["secret_key"],
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "mozilla_django_oidc",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    AUTHENTICATION_BACKENDS=[f"{__name__}.Residents"],
    LOGIN_REDIRECT_URL="/",
    LOGOUT_REDIRECT_URL="/",
    ALLOW_LOGOUT_GET_METHOD=True,
    OIDC_OP_AUTHORIZATION_ENDPOINT=METADATA["authorization_endpoint"],
    OIDC_OP_TOKEN_ENDPOINT=METADATA["token_endpoint"],
    OIDC_OP_USER_ENDPOINT=METADATA["userinfo_endpoint"],
    OIDC_OP_JWKS_ENDPOINT=METADATA["jwks_uri"],
    OIDC_OP_LOGOUT_URL_METHOD=f"{__name__}.provider_logout",
    OIDC_RP_CLIENT_ID=GIVEN["client_id"],
    OIDC_RP_CLIENT_SECRET=GIVEN["client_secret"],
    OIDC_RP_SCOPES="openid jpki_status",
    OIDC_RP_SIGN_ALGO="ES256",
    OIDC_USE_PKCE=True,
    OIDC_STORE_ID_TOKEN=True,
    OIDC_VERIFY_SSL=GIVEN["ca_file"],
)
django.setup()

from mozilla_django_oidc.auth import OIDCAuthenticationBackend  # noqa: E402 - it reads the settings


class Residents(OIDCAuthenticationBackend):
    """Users are known by the number of the resident at this service."""

    def verify_claims(self, claims):
        """A number is all that this service needs."""
        return "sub" in claims

    def filter_users_by_claims(self, claims):
        """Whoever has that number."""
        return self.UserModel.objects.filter(username=claims["sub"])

    def create_user(self, claims):
        """The first time."""
        return self.update_user(self.UserModel.objects.create_user(claims["sub"]), claims)

    def update_user(self, user, claims):
        """Each time: keep what is told of the certificate."""
        self.request.session["revocation"] = claims["revocation"]
        return user


def provider_logout(request):
    """Where the browser goes to log out at the provider as well."""
    query = {"id_token_hint": request.session["oidc_id_token"], "post_logout_redirect_uri": f"{ORIGIN}/bye"}
    return f"{METADATA['end_session_endpoint']}?{urlencode(query)}"


def home(request):
    """Who is signed in, in this service's own eyes, and how many it knows."""
    user = request.user.username if request.user.is_authenticated else None
    known = Residents().UserModel.objects.count()
    return JsonResponse({"user": user, "known": known, "revocation": request.session.get("revocation")})


urlpatterns = [path("oidc/", include("mozilla_django_oidc.urls")), path("", home), path("bye", home)]

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    make_server("127.0.0.1", GIVEN["port"], get_wsgi_application()).serve_forever()
