"""A run as a Kubernetes Job under gVisor, for fleets that have a cluster. Rendered here; a cluster runs it.

    documents = manifests(spec, name="val-1", image="registry.example/seawall-runner@sha256:...", claim="seawall-runs")

Pure. The pod has no service account token, no network (a NetworkPolicy denies all, and no name is resolved), no capabilities, a
read-only root, and the run's limits; nothing is tried twice. What it mounts lies on a volume that workers and nodes share.
"""

import math
import re
from pathlib import PurePosixPath
from typing import Any

from seawall.clearinghouse.validation.sandboxes import rootfs
from seawall.clearinghouse.validation.sandboxes.interface import RunSpec

RUNTIME_CLASS = "gvisor"
UID = 65_532
"""Unprivileged, and of no user of the image's."""
GRACE_S = 5
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,50}[a-z0-9])?")
_DIGEST = re.compile(r"[^\s@]{1,200}@sha256:[0-9a-f]{64}")
_LABEL = "seawall.example/run"


def manifests(
    spec: RunSpec, *, name: str, image: str, claim: str, shared: str, namespace: str = "seawall-runs"
) -> tuple[dict[str, Any], ...]:
    """The NetworkPolicy and the Job of one run, in the order in which they must be made.

    Args:
        spec: What is run.
        name: Of the run: lower case letters, digits and dashes.
        image: With its digest; a tag could be moved.
        claim: PersistentVolumeClaim that holds ``shared``.
        shared: Folder on the workers that is the claim's root; every mount lies below it.
        namespace: For runs alone.

    Raises:
        ValueError: A name is none, the image has no digest, or a mount lies elsewhere.
    """
    if not _NAME.fullmatch(name) or not _NAME.fullmatch(namespace) or not _NAME.fullmatch(claim):
        raise ValueError("a name of Kubernetes has lower case letters, digits and dashes")
    if not _DIGEST.fullmatch(image):
        raise ValueError("the image must be named by its digest")
    labels = {_LABEL: name}
    return _policy(name, namespace, labels), _job(spec, name, namespace, labels, image, claim, shared)


def _policy(name: str, namespace: str, labels: dict[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"podSelector": {"matchLabels": labels}, "policyTypes": ["Ingress", "Egress"]},
    }


def _job(
    spec: RunSpec, name: str, namespace: str, labels: dict[str, str], image: str, claim: str, shared: str
) -> dict[str, Any]:
    limits = spec.limits
    wall = math.ceil(limits.wall_s)
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "backoffLimit": 0,
            "completions": 1,
            "parallelism": 1,
            "activeDeadlineSeconds": wall + GRACE_S,
            "ttlSecondsAfterFinished": 600,
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "runtimeClassName": RUNTIME_CLASS,
                    "restartPolicy": "Never",
                    "terminationGracePeriodSeconds": 0,
                    "automountServiceAccountToken": False,
                    "enableServiceLinks": False,
                    "hostNetwork": False,
                    "hostPID": False,
                    "hostIPC": False,
                    "hostname": "seawall",
                    "dnsPolicy": "None",
                    "dnsConfig": {"nameservers": ["127.0.0.1"]},
                    "securityContext": {
                        "runAsNonRoot": True,
                        "runAsUser": UID,
                        "runAsGroup": UID,
                        "fsGroup": UID,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "containers": [_container(spec, image, shared)],
                    "volumes": [
                        {"name": "runs", "persistentVolumeClaim": {"claimName": claim}},
                        {"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": str(limits.disk_bytes)}},
                    ],
                },
            },
        },
    }


def _container(spec: RunSpec, image: str, shared: str) -> dict[str, Any]:
    limits = spec.limits
    memory = str(limits.memory_bytes + limits.disk_bytes)  # /tmp is memory, and counts with it
    amounts = {"cpu": "1", "memory": memory, "ephemeral-storage": str(limits.disk_bytes)}
    env = rootfs.environment(spec.env)
    return {
        "name": "proof",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": [
            "/bin/sh", "-c", f'ulimit -c 0; ulimit -t "$1"; ulimit -u "$2"; shift 2; {rootfs.INIT[2]}', "sh",
            str(math.ceil(limits.cpu_s) + 1), str(limits.processes + 1), *spec.argv,
        ],
        "workingDir": spec.cwd,
        "env": [{"name": key, "value": value} for key, value in env.items()],
        "resources": {"requests": amounts, "limits": amounts},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "privileged": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "tmp", "mountPath": rootfs.TMP},
            *(
                {
                    "name": "runs",
                    "mountPath": mount.target,
                    "subPath": _below(str(mount.source), shared),
                    "readOnly": not mount.writable,
                }
                for mount in spec.mounts
            ),
        ],
    }  # fmt: skip


def _below(path: str, shared: str) -> str:
    given = PurePosixPath(path)
    if ".." in given.parts or not given.is_relative_to(shared) or given == PurePosixPath(shared):
        raise ValueError(f"{path} does not lie below {shared}")
    return given.relative_to(shared).as_posix()
