"""CS, the case state: its 32 states and every step between them, written here from the published rules, not from the code."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.clearinghouse.coordination import case_state
from seawall.clearinghouse.coordination.types import (
    CaseEventKind,
    CaseState,
    FixPath,
    ParticipantRole,
    ReportManagement,
)

# Which letters each state may turn next: one line for each of the 32. After vP only V, after pX only P.
TABLE = """
vfdpxa VPXA
vfdpxA VPX
vfdpXa P
vfdpXA P
vfdPxa V
vfdPxA V
vfdPXa V
vfdPXA V
Vfdpxa FPXA
VfdpxA FPX
VfdpXa P
VfdpXA P
VfdPxa FXA
VfdPxA FX
VfdPXa FA
VfdPXA F
VFdpxa DPXA
VFdpxA DPX
VFdpXa P
VFdpXA P
VFdPxa DXA
VFdPxA DX
VFdPXa DA
VFdPXA D
VFDpxa PXA
VFDpxA PX
VFDpXa P
VFDpXA P
VFDPxa XA
VFDPxA X
VFDPXa A
VFDPXA -
"""
ROWS = {
    state: "" if letters == "-" else letters for state, letters in (line.split() for line in TABLE.split("\n") if line)
}
LETTERS = {
    "V": CaseEventKind.VENDOR_AWARE,
    "F": CaseEventKind.FIX_READY,
    "D": CaseEventKind.FIX_DEPLOYED,
    "P": CaseEventKind.PUBLIC_AWARE,
    "X": CaseEventKind.EXPLOIT_PUBLIC,
    "A": CaseEventKind.ATTACKS_OBSERVED,
}


def of(name: str) -> CaseState:
    return CaseState(FixPath(name[:3]), *(letter.isupper() for letter in name[3:]))


def every_state() -> list[CaseState]:
    return [CaseState(fix, *said) for fix in FixPath for said in itertools.product((False, True), repeat=3)]


def test_there_are_thirty_two_states() -> None:
    assert {state.name for state in every_state()} == set(ROWS)
    assert len(ROWS) == 32


@pytest.mark.parametrize("name", ROWS)
def test_each_state_leads_where_the_rules_say(name: str) -> None:
    following = case_state.following(of(name))
    assert set(following) == {LETTERS[letter] for letter in ROWS[name]}
    for letter in ROWS[name]:
        wanted = name.replace(letter.lower(), letter, 1)
        assert following[LETTERS[letter]].name == wanted


@pytest.mark.parametrize("name", ROWS)
def test_what_has_to_follow_follows_and_then_there_is_a_choice_again(name: str) -> None:
    settled, events = case_state.settle(of(name))
    assert case_state.forced_event(settled) is None
    assert "vP" not in settled.name[0] + settled.name[3:5]
    assert len(events) <= 2
    if name == "vfdpXa":
        assert settled.name == "VfdPXa"
        assert events == (CaseEventKind.PUBLIC_AWARE, CaseEventKind.VENDOR_AWARE)


@given(st.data())
def test_no_walk_takes_anything_back(data: st.DataObject) -> None:
    state = of("vfdpxa")
    for _ in range(8):
        following = case_state.following(state)
        if not following:
            break
        further = following[data.draw(st.sampled_from(sorted(following)))]
        before = {index for index, letter in enumerate(state.name) if letter.isupper()}
        after = {index for index, letter in enumerate(further.name) if letter.isupper()}
        assert before < after
        assert len(after) == len(before) + 1
        state = further


@pytest.mark.parametrize("report", ReportManagement)
@pytest.mark.parametrize("role", ParticipantRole)
def test_a_fix_needs_a_vendor_that_dealt_with_the_report_and_its_deployment_a_deployer(
    role: ParticipantRole, report: ReportManagement
) -> None:
    dealt = report.value in {"accepted", "deferred", "closed"}
    assert (case_state.may_take(CaseEventKind.FIX_READY, {role}, report) == "") == (role.value == "vendor" and dealt)
    assert (case_state.may_take(CaseEventKind.FIX_DEPLOYED, {role}, report) == "") == (role.value == "deployer")
    assert case_state.may_take(CaseEventKind.VENDOR_AWARE, {role}, report) == ""
