"""The tree against published vectors, against the RFC's own recursive definitions, and against every small mutation."""

import hashlib
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.foundation.transparency import merkle

# The eight leaves and roots that implementations of Certificate Transparency share as test vectors.
VECTOR_LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
VECTOR_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
VECTOR_INCLUSION = {
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (5, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
}
SIZE = 300

HASHES = [merkle.leaf_hash(number.to_bytes(2, "big")) for number in range(SIZE)]


def everything(hashes: list[bytes]) -> dict[merkle.Subtree, bytes]:
    """Every complete subtree, as a growing log stores them."""
    frontier = merkle.Frontier()
    stored = {merkle.Subtree(0, index): value for index, value in enumerate(hashes)}
    for value in hashes:
        stored.update({node.subtree: node.hash for node in frontier.append(value)})
    return stored


STORED = everything(HASHES)


@cache
def mth(start: int, end: int) -> bytes:
    """MTH(D[start:end]) as RFC 6962, section 2.1, writes it down."""
    size = end - start
    if size == 0:
        return hashlib.sha256(b"").digest()
    if size == 1:
        return HASHES[start]
    k = 1
    while k * 2 < size:
        k *= 2
    return hashlib.sha256(b"\x01" + mth(start, start + k) + mth(start + k, end)).digest()


def path(m: int, start: int, end: int) -> tuple[bytes, ...]:
    """PATH(m, D[start:end]), section 2.1.1."""
    size = end - start
    if size == 1:
        return ()
    k = 1
    while k * 2 < size:
        k *= 2
    if m < k:
        return (*path(m, start, start + k), mth(start + k, end))
    return (*path(m - k, start + k, end), mth(start, start + k))


def subproof(m: int, start: int, end: int, *, whole: bool) -> tuple[bytes, ...]:
    """SUBPROOF(m, D[start:end], b), section 2.1.2."""
    size = end - start
    if m == size:
        return () if whole else (mth(start, end),)
    k = 1
    while k * 2 < size:
        k *= 2
    if m <= k:
        return (*subproof(m, start, start + k, whole=whole), mth(start + k, end))
    return (*subproof(m - k, start + k, end, whole=False), mth(start, start + k))


def inclusion(index: int, size: int) -> tuple[bytes, ...]:
    return merkle.prove(merkle.inclusion_ranges(index, size), STORED)


def consistency(old: int, new: int) -> tuple[bytes, ...]:
    return merkle.prove(merkle.consistency_ranges(old, new), STORED)


@pytest.mark.parametrize("size", range(9))
def test_roots_of_the_shared_vectors(size: int) -> None:
    assert merkle.root_of(map(merkle.leaf_hash, VECTOR_LEAVES[:size])).hex() == VECTOR_ROOTS[size]


@pytest.mark.parametrize(("index", "size"), VECTOR_INCLUSION)
def test_inclusion_proofs_of_the_shared_vectors(index: int, size: int) -> None:
    stored = everything([merkle.leaf_hash(leaf) for leaf in VECTOR_LEAVES])
    proof = merkle.prove(merkle.inclusion_ranges(index, size), stored)
    assert tuple(value.hex() for value in proof) == VECTOR_INCLUSION[index, size]


def test_every_inclusion_proof_up_to_300_is_the_rfcs_and_verifies() -> None:
    for size in range(1, SIZE + 1):
        root = mth(0, size)
        for index in range(size):
            proof = inclusion(index, size)
            assert proof == path(index, 0, size)
            assert merkle.verify_inclusion(index=index, size=size, leaf=HASHES[index], proof=proof, root=root)


def test_every_consistency_proof_up_to_300_is_the_rfcs_and_verifies() -> None:
    for new in range(1, SIZE + 1):
        for old in range(1, new + 1):
            proof = consistency(old, new)
            assert proof == subproof(old, 0, new, whole=True)
            assert merkle.verify_consistency(old=old, old_root=mth(0, old), new=new, new_root=mth(0, new), proof=proof)


def test_the_empty_tree_is_consistent_with_all_and_only_as_itself() -> None:
    assert consistency(0, 5) == ()
    arguments = {"old": 0, "new": 5, "new_root": mth(0, 5)}
    assert merkle.verify_consistency(**arguments, old_root=merkle.EMPTY_ROOT, proof=())
    assert not merkle.verify_consistency(**arguments, old_root=mth(0, 1), proof=())
    assert not merkle.verify_consistency(**arguments, old_root=merkle.EMPTY_ROOT, proof=(HASHES[0],))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 31, 33])
def test_no_mutation_of_an_inclusion_proof_verifies(size: int) -> None:
    root = mth(0, size)
    for index in range(size):
        proof = inclusion(index, size)
        good = {"index": index, "size": size, "leaf": HASHES[index], "proof": proof, "root": root}
        bad = [{**good, "proof": changed} for changed in mutations(proof)]
        bad += [{**good, "leaf": flip(HASHES[index], 0)}, {**good, "root": flip(root, 255)}, {**good, "index": -1}]
        bad += [{**good, "index": other} for other in range(size + 2) if other != index]
        assert merkle.verify_inclusion(**good)
        for arguments in bad:
            assert not merkle.verify_inclusion(**arguments), arguments


@pytest.mark.parametrize("new", [1, 2, 3, 7, 8, 9, 31, 33])
def test_no_mutation_of_a_consistency_proof_verifies(new: int) -> None:
    new_root = mth(0, new)
    for old in range(1, new + 1):
        proof = consistency(old, new)
        good = {"old": old, "old_root": mth(0, old), "new": new, "new_root": new_root, "proof": proof}
        bad = [{**good, "proof": changed} for changed in mutations(proof)]
        bad += [{**good, "old_root": flip(mth(0, old), 7)}, {**good, "new_root": flip(new_root, 7)}]
        bad += [{**good, "old": new + 1}, {**good, "old": -1}]
        assert merkle.verify_consistency(**good)
        for arguments in bad:
            assert not merkle.verify_consistency(**arguments), arguments


@given(st.data())
def test_proofs_of_another_history_never_verify(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, SIZE))
    old = data.draw(st.integers(1, new))
    changed = data.draw(st.integers(0, old - 1))
    forged = [*HASHES[:new]]
    forged[changed] = merkle.leaf_hash(b"another leaf")
    stored = everything(forged)
    proof = merkle.prove(merkle.consistency_ranges(old, new), stored)
    assert not merkle.verify_consistency(
        old=old, old_root=mth(0, old), new=new, new_root=merkle.root_of(forged), proof=proof
    )
    proof = merkle.prove(merkle.inclusion_ranges(changed, new), stored)
    assert not merkle.verify_inclusion(
        index=changed, size=new, leaf=HASHES[changed], proof=proof, root=merkle.root_of(forged)
    )


@given(st.integers(0, SIZE - 1))
def test_a_frontier_read_back_grows_into_the_same_tree(size: int) -> None:
    frontier = merkle.Frontier()
    for value in HASHES[:size]:
        frontier.append(value)
    again = merkle.Frontier.from_bytes(size, frontier.to_bytes())
    assert again.root() == mth(0, size)
    assert again.append(HASHES[size]) == frontier.append(HASHES[size])
    assert again.root() == frontier.root() == mth(0, size + 1)


def test_a_frontier_of_another_size_is_refused() -> None:
    for size, data in ((3, bytes(32)), (0, bytes(32)), (1, bytes(31)), (-1, b"")):
        with pytest.raises(ValueError, match="no frontier"):
            merkle.Frontier.from_bytes(size, data)


def test_proofs_are_logarithmic() -> None:
    size = 10**9 + 7
    assert len(merkle.inclusion_ranges(123_456_789, size)) <= 30
    spans = merkle.consistency_ranges(123_456_789, size)
    assert len(spans) <= 31
    assert sum(len(merkle.subtrees(span)) for span in spans) <= 61


def test_every_complete_subtree_has_a_number_of_its_own() -> None:
    assert len({subtree.number for subtree in STORED}) == len(STORED)
    assert merkle.Subtree(62, 0).number < 2**63


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_no_proof_for_leaves_that_are_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="has no leaf"):
        merkle.inclusion_ranges(index, size)
    assert not merkle.verify_inclusion(index=index, size=size, leaf=HASHES[0], proof=(), root=HASHES[0])


@pytest.mark.parametrize(("old", "new"), [(6, 5), (-1, 5)])
def test_no_consistency_proof_backwards(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="does not grow"):
        merkle.consistency_ranges(old, new)


def flip(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value, "big") ^ (1 << bit)).to_bytes(len(value), "big")


def mutations(proof: tuple[bytes, ...]) -> list[tuple[bytes, ...]]:
    found = [(*proof, HASHES[0]), (HASHES[0], *proof)]
    for place, value in enumerate(proof):
        before, after = proof[:place], proof[place + 1 :]
        found += [(*before, flip(value, bit), *after) for bit in (0, 100, 255)]
        found += [(*before, *after), (*before, value, *proof[place:]), (*before, value[:-1], *after)]
    for place, (left, right) in enumerate(pairwise(proof)):
        found.append((*proof[:place], right, left, *proof[place + 2 :]))
    return found
