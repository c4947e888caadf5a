"""Addresses of the pages. Every view declares its action (``pages.page``)."""

from django.urls import URLPattern, path

from seawall.doors.web.views import advisories, cases, home, leases, log, notices, queue, reports, tokens

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("about", home.about, name="about"),
    path("healthz", home.health, name="health"),
    path("organization", home.switch_organization, name="switch-organization"),
    path("queue", queue.queue, name="queue"),
    path("cases", cases.cases, name="cases"),
    path("cases/<str:case_id>", cases.case, name="case"),
    path("cases/<str:case_id>/end-embargo", cases.decide, {"step": "end_embargo"}, name="end-embargo"),
    path("cases/<str:case_id>/publish", cases.decide, {"step": "publish"}, name="publish"),
    path("cases/<str:case_id>/merge", cases.decide, {"step": "merge"}, name="merge"),
    path("cases/<str:case_id>/undo-link", cases.decide, {"step": "undo_link"}, name="undo-link"),
    path("invitations", cases.invitations, name="invitations"),
    path("invitations/<str:case_id>", cases.answer_invitation, name="answer-invitation"),
    path("reports", reports.reports, name="reports"),
    path("reports/new", reports.new_report, name="new-report"),
    path("reports/<str:report_id>", reports.report, name="report"),
    path("reports/<str:report_id>/progress", reports.progress, name="report-progress"),
    path("leases", leases.leases, name="leases"),
    path("leases/request", leases.request_lease, name="request-lease"),
    path("leases/<str:lease_id>/renew", leases.renew_lease, name="renew-lease"),
    path("leases/<str:lease_id>/release", leases.release_lease, name="release-lease"),
    path("notices", notices.notices, name="notices"),
    path("notices/<str:notice_id>/read", notices.mark_read, name="mark-read"),
    path("tokens", tokens.tokens, name="tokens"),
    path("tokens/mint", tokens.mint, name="mint-token"),
    path("tokens/<str:token_id>/revoke", tokens.revoke, name="revoke-token"),
    path("advisories", advisories.advisories, name="advisories"),
    path("advisories/<str:advisory_id>", advisories.advisory, name="advisory"),
    path(".well-known/csaf/<path:path>", advisories.public_file, {"folder": ".well-known/csaf/"}, name="csaf-provider"),
    path("csaf/<path:path>", advisories.public_file, {"folder": "csaf/"}, name="csaf-file"),
    path("osv/<path:path>", advisories.public_file, {"folder": "osv/"}, name="osv-file"),
    path("keys/<path:path>", advisories.public_file, {"folder": "keys/"}, name="public-key"),
    path("log", log.log, name="log"),
    path("log/checkpoint", log.checkpoint, name="checkpoint"),
    path("log/<str:index>", log.entry, name="log-entry"),
    path("log/<str:index>/proof", log.entry_proof, name="log-proof"),
]
