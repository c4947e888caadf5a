"""From what a finder sent to a scope, or a refusal that names the field. Pure."""

from collections.abc import Sequence

from seawall.clearinghouse.deconfliction import rules
from seawall.clearinghouse.deconfliction.types import Revision, Scope, Technique
from seawall.foundation.platform.errors import BadInput

VERSION_MAX = 256
"""Characters of a version, as matching reads them."""


def scope_of(
    target: str,
    paths: Sequence[str],
    techniques: Sequence[str],
    weaknesses: Sequence[str] = (),
    revision: Revision | None = None,
) -> Scope:
    """A scope from what was sent.

    Raises:
        BadInput: A field does not fit; it is named.
    """
    if len(paths) > rules.PATHS_MAX:
        raise BadInput(f"At most {rules.PATHS_MAX} paths fit one lease.", "Ask for their parent folder.", field="paths")
    normalized: list[str] = []
    for path in paths or [""]:
        clean = rules.normalize_path(path)
        if clean is None:
            raise BadInput(f"The path {path[:120]!r} does not stay below the target.", "Drop '..'.", field="paths")
        normalized.append(clean)
    try:
        chosen = tuple(dict.fromkeys(Technique(technique) for technique in techniques or ["any"]))
    except ValueError as error:
        raise BadInput(
            f"{error}.", f"Choose from {', '.join(item.value for item in Technique)}.", field="techniques"
        ) from error
    if len(weaknesses) > rules.WEAKNESSES_MAX:
        raise BadInput(
            f"At most {rules.WEAKNESSES_MAX} weakness classes fit one lease.", "Name none for all.", field="weaknesses"
        )
    classes = [(name, rules.normalize_weakness(name)) for name in weaknesses]
    for name, found in classes:
        if found is None:
            raise BadInput(f"{name[:40]!r} is no weakness class.", "Write CWE-79.", field="weaknesses")
    return Scope(
        target=target,
        paths=tuple(dict.fromkeys(normalized)),
        techniques=(Technique.ANY,) if Technique.ANY in chosen else chosen,
        weaknesses=tuple(sorted({found for _, found in classes if found})),
        revision=revision or Revision(),
    )


def revision_of(commit: str, introduced: str, fixed: str) -> Revision:
    """A revision from what was sent.

    Raises:
        BadInput: A field does not fit; it is named.
    """
    found = rules.normalize_commit(commit) if commit else ""
    if found is None:
        raise BadInput("The commit is not a full identifier.", "Give all 40 or 64 hexadecimal digits.", field="commit")
    for field, version in (("introduced", introduced), ("fixed", fixed)):
        if len(version) > VERSION_MAX or not version.isprintable():
            raise BadInput("A version has at most 256 printable characters.", field=field)
    return Revision(found, introduced.strip(), fixed.strip())
