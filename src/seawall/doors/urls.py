"""Every address of the server. Each view carries ``@declares(...)``; a test walks them."""

from django.urls import include, path

from seawall.doors.api.app import api

handler400 = "seawall.doors.web.errors.bad_request"
handler403 = "seawall.doors.web.errors.forbidden"
handler404 = "seawall.doors.web.errors.not_found"
handler500 = "seawall.doors.web.errors.failed"

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("api/v1/", api.urls),
    path("", include("seawall.doors.web.urls")),
]
