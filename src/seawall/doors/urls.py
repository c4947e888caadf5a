"""Every address of the server. Each view carries ``@declares(...)``; a test walks them."""

from django.urls import include, path

from seawall.doors.api.app import api

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("api/v1/", api.urls),
    path("", include("seawall.doors.web.urls")),
]
