"""What is rendered for Kubernetes passes its own schemas, and every door of the pod is shut."""

from pathlib import Path
from typing import Any

import pytest

from seawall.clearinghouse.validation.sandboxes.interface import Mount, RunLimits, RunSpec
from seawall.clearinghouse.validation.sandboxes.kubernetes import manifests

IMAGE = "registry.example/runner@sha256:" + "a" * 64
SPEC = RunSpec(
    argv=("/usr/bin/python3", "/proof/driver.py", "/input"),
    mounts=(
        Mount(Path("/srv/runs/one/proof"), "/proof"),
        Mount(Path("/srv/runs/one/work"), "/work", writable=True),
    ),
    env={"LABEL": "$(HOME) `id`"},
    limits=RunLimits(wall_s=7.5, cpu_s=3.2),
)


def made(**more: Any) -> tuple[dict[str, Any], ...]:
    return manifests(SPEC, **{"name": "val-1", "image": IMAGE, "claim": "runs", "shared": "/srv/runs", **more})


@pytest.mark.parametrize("version", ["1.31", "1.34"])
def test_they_pass_the_schemas_of_kubernetes(version: str) -> None:
    import kubernetes_validate  # noqa: PLC0415 - loads all schemas

    for document in made():
        kubernetes_validate.validate(document, version, strict=True)


def test_the_pod_has_no_way_out() -> None:
    policy, job = made()
    assert policy["spec"]["podSelector"]["matchLabels"] == job["spec"]["template"]["metadata"]["labels"]
    assert set(policy["spec"]["policyTypes"]) == {"Ingress", "Egress"}
    assert "ingress" not in policy["spec"]
    assert "egress" not in policy["spec"]
    pod = job["spec"]["template"]["spec"]
    assert pod["runtimeClassName"] == "gvisor"
    assert pod["automountServiceAccountToken"] is False
    assert not any(pod[name] for name in ("hostNetwork", "hostPID", "hostIPC"))
    assert not any("hostPath" in volume for volume in pod["volumes"])
    [container] = pod["containers"]
    context = container["securityContext"]
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert (context["readOnlyRootFilesystem"], context["allowPrivilegeEscalation"]) == (True, False)
    assert container["resources"]["limits"] == container["resources"]["requests"]
    assert job["spec"]["backoffLimit"] == 0
    assert job["spec"]["activeDeadlineSeconds"] == 13
    writable = [mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")]
    assert writable == ["/tmp", "/work"]  # noqa: S108 - inside the pod


@pytest.mark.parametrize(
    "more",
    [
        {"name": "Val_1"},
        {"name": "a" * 60},
        {"name": "-a"},
        {"image": "registry.example/runner:latest"},
        {"claim": "x/y"},
        {"shared": "/srv/other"},
        {"shared": "/srv/runs/one/proof"},
        {"namespace": "kube system"},
    ],
)
def test_what_cannot_be_meant_is_refused(more: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"name|digest|below"):
        made(**more)


def test_a_mount_that_steps_out_of_the_share_is_refused() -> None:
    spec = RunSpec(argv=("x",), mounts=(Mount(Path("/srv/runs/../../etc"), "/proof"),))
    with pytest.raises(ValueError, match="below"):
        manifests(spec, name="a", image=IMAGE, claim="runs", shared="/srv/runs")
