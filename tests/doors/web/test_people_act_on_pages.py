"""Decisions, invitations, leases, reports and tokens by form: what was done is said, what does not fit keeps its text."""

import html
import json
import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from seawall.foundation.access.types import Role
from support.world import JINJA, Scene, refuted


def text_of(answer: Any) -> str:
    """The words of a page's main part."""
    main = answer.content.decode().partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


# --- the coordinator ---


def test_the_queue_is_sorted_by_proof_and_consequence(scene: Scene) -> None:
    scene.case(title="It stops answering", package="pkg:pypi/a", failure="denial-of-service")
    scene.case(title="It hands out files", package="pkg:pypi/b")
    scene.case(title="It runs code", package="pkg:pypi/c", failure="code-execution")
    unproved = scene.report(title="It is claimed", package="pkg:pypi/d")
    queue = text_of(scene.browser("clearinghouse").get("/queue"))
    places = [queue.index(title) for title in ("It runs code", "It hands out files", "It stops answering")]
    assert places == sorted(places)
    assert "It is claimed" not in queue, "a case has a proof that held"
    assert "It is claimed" in text_of(scene.browser("clearinghouse").get("/queue?show=proving"))
    scene.judged(unproved, refuted())
    scene.folded(unproved)
    assert "It is claimed" in text_of(scene.browser("clearinghouse").get("/queue?show=returned"))


def test_a_case_shows_its_verdict_and_what_may_be_done(scene: Scene) -> None:
    case_id = scene.case()
    page = text_of(scene.browser("clearinghouse").get(f"/cases/{case_id}"))
    for words in ("proof holds", "3 of 3 on 3.1.5", "0 of 3 on 3.1.6", "End the embargo", "Case opened"):
        assert words in page
    assert "Publish the advisory" not in page
    scene.contact("vendor", "pkg:pypi/none")
    finder = text_of(scene.browser("finder").get(f"/cases/{case_id}"))
    assert "Work on the fix" in finder
    assert "End the embargo" not in finder


def test_a_decision_without_a_reason_comes_back_beside_its_form(scene: Scene) -> None:
    case_id = scene.case()
    browser = scene.browser("clearinghouse")
    answer = browser.post(f"/cases/{case_id}/end-embargo", {"reason": " "})
    assert answer.status_code == 422
    assert re.search(
        r'<details class="action" open id="end-embargo">.*?role="alert"', answer.content.decode(), re.DOTALL
    )
    second = scene.browser("clearinghouse", Role.MEMBER)
    assert "waits for its second person" not in text_of(browser.get(f"/cases/{case_id}"))
    browser.post(f"/cases/{case_id}/propose", {"reason": "It will be time soon."})
    early = second.post(f"/cases/{case_id}/approve", {"reason": "Now!"})
    assert early.status_code == 409
    assert "The embargo still holds" in text_of(early)
    alone = browser.post(f"/cases/{case_id}/propose", {"reason": "Once more."})
    assert alone.status_code == 409


def test_a_report_is_taken_out_and_a_case_is_merged(scene: Scene) -> None:
    case_id = scene.case()
    second = scene.report("rival")
    scene.judged(second)
    assert scene.folded(second) == case_id
    browser = scene.browser("clearinghouse")
    out = browser.post(
        f"/cases/{case_id}/undo-link", {"report_id": second, "reason": "Another root cause."}, follow=True
    )
    assert "has a case of its own again" in text_of(out)
    own = out.redirect_chain[-1][0].rpartition("/")[2]
    assert own != case_id
    merged = browser.post(f"/cases/{own}/merge", {"into": case_id, "reason": "The same after all."}, follow=True)
    assert "Every finder keeps its credit" in text_of(merged)
    assert "merged" in text_of(browser.get(f"/cases/{own}"))
    alone = browser.post(f"/cases/{own}/undo-merge", {"reason": " "})
    assert alone.status_code == 422
    assert "needs its reason" in text_of(alone)
    back = browser.post(f"/cases/{own}/undo-merge", {"reason": "Another one after all."}, follow=True)
    assert "The merge is taken back" in text_of(back)
    beside = text_of(browser.get(f"/cases/{own}/beside/{case_id}"))
    assert "two flaws, says" in beside
    assert "Signature that the harness saw" in beside
    apart = browser.post(f"/cases/{own}/hold-apart", {"other": case_id, "reason": "The lexer's."}, follow=True)
    assert "Nobody is asked again" in text_of(apart)
    itself = browser.post(f"/cases/{own}/hold-apart", {"other": own, "reason": "?"})
    assert itself.status_code == 409


def test_nobody_else_decides(scene: Scene) -> None:
    case_id = scene.case()
    for reader in ("finder", "vendor", "hospital"):
        for step in ("end-embargo", "propose", "approve", "withdraw", "merge", "undo-link", "undo-merge", "hold-apart"):
            answer = scene.browser(reader).post(f"/cases/{case_id}/{step}", {"reason": "I want it."})
            assert answer.status_code == 403, (reader, step)
        assert scene.browser(reader).get(f"/cases/{case_id}/beside/{case_id}").status_code == 403, reader
    assert scene.browser("clearinghouse", Role.VIEWER).post(f"/cases/{case_id}/approve", {}).status_code == 403


# --- vendors ---


def test_an_invitation_shows_only_the_package_until_it_is_accepted(scene: Scene) -> None:
    scene.contact("vendor")
    case_id = scene.case()
    vendor = scene.browser("vendor")
    waiting = vendor.get(f"/cases/{case_id}", follow=True)
    assert waiting.redirect_chain[-1][0] == "/invitations"
    assert JINJA in text_of(waiting)
    assert "attr filter" not in text_of(waiting)
    assert vendor.post(f"/invitations/{case_id}", {"answer": "maybe"}).status_code == 422
    accepted = vendor.post(f"/invitations/{case_id}", {"answer": "accept"}, follow=True)
    assert "attr filter" in text_of(accepted)


def test_declining_leaves_no_mark(scene: Scene) -> None:
    scene.contact("vendor")
    case_id = scene.case()
    vendor = scene.browser("vendor")
    declined = vendor.post(f"/invitations/{case_id}", {"answer": "decline"}, follow=True)
    assert "leaves no mark" in text_of(declined)
    assert vendor.get(f"/cases/{case_id}").status_code == 404


# --- finders ---


def test_a_lease_is_asked_for_renewed_and_given_back(scene: Scene) -> None:
    finder = scene.browser("finder")
    wanted = {"target": JINJA, "paths": "src/jinja2/\ntests/", "techniques": ["fuzzing"], "hours": "24"}
    granted = finder.post("/leases/request", wanted, follow=True)
    assert "Yours" in text_of(granted)
    refused = scene.browser("rival").post("/leases/request", wanted, follow=True)
    assert "Taken for now" in text_of(refused)
    assert "finder" not in text_of(refused), "never by whom"
    lease_id, fence = re.search(
        r"/leases/(lease_\w+)/renew.*?name=\"fence\" value=\"(\d+)\"", granted.content.decode(), re.DOTALL
    ).groups()  # type: ignore[union-attr]
    renewed = finder.post(f"/leases/{lease_id}/renew", {"fence": fence, "hours": "48"}, follow=True)
    assert "The lease holds until" in text_of(renewed)
    assert scene.browser("rival").post(f"/leases/{lease_id}/release").status_code == 404
    assert "free for others" in text_of(finder.post(f"/leases/{lease_id}/release", follow=True))
    wrong = finder.post("/leases/request", {**wanted, "target": "no purl", "hours": "12"})
    assert wrong.status_code == 422
    assert 'value="no purl"' in wrong.content.decode()


def test_a_report_is_sent_by_form_and_its_receipt_shown(scene: Scene) -> None:
    report = {"schema": "seawall.report/1", "title": "A flaw", "description": "Words.", "package": JINJA}
    sent = {"format": "seawall", "report": SimpleUploadedFile("report.json", json.dumps(report).encode())}
    answer = scene.browser("finder").post("/reports/new", sent, follow=True)
    page = text_of(answer)
    assert "Received and kept" in page
    assert "Report as sent sha256:" in page
    empty = scene.browser("finder").post("/reports/new", {"format": "seawall"})
    assert (empty.status_code, "No report was chosen" in text_of(empty)) == (422, True)


def test_a_finder_reads_its_verdict_in_plain_words(scene: Scene) -> None:
    slop = scene.report("rival")
    scene.judged(slop, refuted())
    scene.folded(slop)
    page = text_of(scene.browser("rival").get(f"/reports/{slop}"))
    assert "what it claims did not happen" in page
    assert "Send it again with a proof" in page


# --- everybody ---


def test_a_tokens_secret_is_shown_once(scene: Scene) -> None:
    admin = scene.browser("finder")
    made = admin.post("/tokens/mint", {"name": "scanner", "scopes": ["reports:read"], "days": "30"})
    (secret,) = re.findall(r"seawall_\w{8}_[\w-]{43}_\w{8}", text_of(made)) or re.findall(r"seawall_\S+", text_of(made))
    assert secret not in admin.get("/tokens").content.decode()
    assert "Choose at least one" in text_of(admin.post("/tokens/mint", {"name": "scanner"}))
    token_id = re.search(r"/tokens/(token_\w+)/revoke", admin.get("/tokens").content.decode())
    assert token_id is not None
    assert scene.browser("rival").post(f"/tokens/{token_id[1]}/revoke").status_code == 404
    assert "is revoked" in text_of(admin.post(f"/tokens/{token_id[1]}/revoke", follow=True))


def test_somebody_with_two_organizations_chooses(scene: Scene) -> None:
    person = scene.person("finder")
    scene.joins(person, "hospital", Role.ADMIN)
    browser = scene.browser("finder")
    assert browser.get("/").headers["Location"] == "/reports"
    there = browser.post("/organization", {"organization": scene.world.id("hospital")}, follow=True)
    assert "You now act for hospital" in text_of(there)
    assert browser.get("/").headers["Location"] == "/exposures"
    assert browser.post("/organization", {"organization": scene.world.id("bank")}).status_code == 404


def test_notices_are_counted_read_and_marked(scene: Scene) -> None:
    scene.contact("vendor")
    scene.case()
    vendor = scene.browser("vendor")
    listing = vendor.get("/notices").content.decode()
    assert 'class="count"' in listing
    (notice_id,) = re.findall(r"/notices/(\w+)/read", listing)
    assert scene.browser("stranger").post(f"/notices/{notice_id}/read").status_code == 404
    assert 'class="count"' not in vendor.post(f"/notices/{notice_id}/read", follow=True).content.decode()


def test_a_visitor_reads_advisories_and_the_log_and_is_led_to_sign_in(scene: Scene) -> None:
    advisory_id = scene.published(scene.case())
    scene.checkpoint()
    visitor = scene.browser(None)
    assert "update to 3.1.6 or later" in text_of(visitor.get(f"/advisories/{advisory_id}"))
    assert "How to check without trusting us" in text_of(visitor.get("/log"))
    assert visitor.get("/queue").headers["Location"] == "/accounts/login/?next=%2Fqueue"
    assert visitor.post("/leases/request").headers["Location"] == "/accounts/login/?next=%2F"
    assert visitor.get("/healthz").json() == {"status": "ok"}


def test_lists_go_on_where_they_ended(scene: Scene, monkeypatch: Any) -> None:
    monkeypatch.setattr("seawall.doors.web.views.queue.PAGE", 2)
    for number in range(3):
        scene.case(title=f"Flaw {number}", package=f"pkg:pypi/p{number}")
    browser = scene.browser("clearinghouse")
    first = browser.get("/queue")
    following = re.search(r'href="(\?[^"]*after=[^"]*)" rel="next"', first.content.decode())
    assert following is not None
    second = browser.get("/queue" + html.unescape(following[1]))
    seen = [re.findall(r"Flaw \d", text_of(page)) for page in (first, second)]
    assert sorted({*seen[0], *seen[1]}) == ["Flaw 0", "Flaw 1", "Flaw 2"]
    assert not set(seen[0]) & set(seen[1])
    assert browser.get("/queue?after=made-up").status_code == 422
