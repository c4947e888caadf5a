import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.clearinghouse.matching import distributions, purls
from seawall.clearinghouse.matching.ecosystems import registry
from seawall.clearinghouse.matching.formats.interface import parser
from seawall.clearinghouse.matching.formats.listings import listing
from seawall.clearinghouse.matching.purls import Identified, NotIdentified, Source, identify, package_of, purl_of
from seawall.clearinghouse.matching.types import Package


def understood(purl: str) -> Identified:
    found = identify(purl)
    assert isinstance(found, Identified), found
    return found


@pytest.mark.parametrize(
    ("purl", "package", "version"),
    [
        ("pkg:pypi/Jinja2@3.1.4", Package("PyPI", "jinja2"), "3.1.4"),
        ("pkg:npm/%40angular/core@17.0.0", Package("npm", "@angular/core"), "17.0.0"),
        ("pkg:golang/github.com/Gin-gonic/gin@v1.9.1", Package("Go", "github.com/gin-gonic/gin"), "v1.9.1"),
        (
            "pkg:maven/org.apache.logging.log4j/log4j-core@2.17.1",
            Package("Maven", "org.apache.logging.log4j:log4j-core"),
            "2.17.1",
        ),
        ("pkg:composer/symfony/http-kernel@5.4.0", Package("Packagist", "symfony/http-kernel"), "5.4.0"),
        ("pkg:gem/rack@2.2.3", Package("RubyGems", "rack"), "2.2.3"),
        ("pkg:cargo/time@0.1.43", Package("crates.io", "time"), "0.1.43"),
        ("pkg:nuget/Newtonsoft.Json@13.0.1", Package("NuGet", "newtonsoft.json"), "13.0.1"),
        ("pkg:hex/phoenix@1.7.0", Package("Hex", "phoenix"), "1.7.0"),
        ("pkg:pub/http@1.0.0", Package("Pub", "http"), "1.0.0"),
        ("pkg:swift/github.com/Apple/swift-nio@2.0.0", Package("SwiftURL", "github.com/apple/swift-nio"), "2.0.0"),
        ("pkg:githubactions/actions/checkout@v4", Package("GitHub Actions", "actions/checkout"), "v4"),
        ("pkg:bitnami/redis@7.0.1", Package("Bitnami", "redis"), "7.0.1"),
        ("pkg:conan/zlib@1.2.11", Package("ConanCenter", "zlib"), "1.2.11"),
        ("pkg:generic/busybox@1.36", Package("generic", "busybox"), "1.36"),
    ],
)
def test_an_identity_leads_back_to_its_purl(purl: str, package: Package, version: str) -> None:
    found = understood(purl)
    assert (found.package, found.version) == (package, version)
    back = purl_of(package, version)
    assert back is not None
    again = understood(back)
    assert (again.package, again.version) == (package, version)
    assert package_of(package.ecosystem, package.name) == package


@pytest.mark.parametrize(
    ("kind", "namespace", "distro", "ecosystem"),
    [
        ("deb", "debian", "debian-12", "Debian:12"),
        ("deb", "debian", "debian-12.5", "Debian:12"),
        ("deb", "debian", "bookworm", "Debian:12"),
        ("deb", "debian", "debian-trixie", "Debian:13"),
        ("deb", "debian", "12", "Debian:12"),
        ("deb", "debian", "forky", "Debian:14"),
        ("deb", "debian", "sid", "Debian:sid"),
        ("deb", "debian", "debian-unstable", "Debian:sid"),
        ("deb", "", "debian-11", "Debian:11"),
        ("deb", "", "jammy", "Ubuntu:22.04"),
        ("deb", "debian", "ubuntu-22.04", "Ubuntu:22.04"),
        ("deb", "ubuntu", "ubuntu-22.04", "Ubuntu:22.04"),
        ("deb", "ubuntu", "resolute", "Ubuntu:26.04"),
        ("deb", "ubuntu", "ubuntu-24.04.1", "Ubuntu:24.04"),
        ("apk", "alpine", "alpine-3.19.1", "Alpine:v3.19"),
        ("apk", "alpine", "alpine-v3.19", "Alpine:v3.19"),
        ("apk", "alpine", "3.19.1", "Alpine:v3.19"),
        ("apk", "alpine", "alpine-edge", "Alpine:edge"),
        ("apk", "wolfi", "wolfi-20230201", "Wolfi"),
        ("apk", "chainguard", "", "Chainguard"),
        ("rpm", "redhat", "rhel-9.3", "Red Hat:9"),
        ("rpm", "redhat", "redhat-9.3", "Red Hat:9"),
        ("rpm", "rhel", "9", "Red Hat:9"),
        ("rpm", "centos", "centos-7", "Red Hat:7"),
        ("rpm", "centos", "centos-7.9.2009", "Red Hat:7"),
        ("rpm", "centos", "centos-9", "CentOS:9"),
        ("rpm", "rocky", "rocky-9.2", "Rocky Linux:9"),
        ("rpm", "rocky-linux", "rocky-linux-9", "Rocky Linux:9"),
        ("rpm", "almalinux", "almalinux-8.9", "AlmaLinux:8"),
        ("rpm", "amzn", "amzn-2023", "Amazon Linux:2023"),
        ("rpm", "amazon", "amzn-2", "Amazon Linux:2"),
        ("rpm", "ol", "ol-8", "Oracle Linux:8"),
        ("rpm", "oraclelinux", "ol-8.9", "Oracle Linux:8"),
        ("rpm", "sles", "sles-15.5", "SUSE:15.5"),
        ("rpm", "suse", "sles-12.5", "SUSE:12.5"),
        ("rpm", "suse", "SUSE Linux Enterprise Server 15 SP5", "SUSE:15.5"),
        ("rpm", "suse", "sle-micro-5.3", "SUSE:Micro 5.3"),
        ("rpm", "opensuse", "opensuse-leap-15.5", "openSUSE:15.5"),
        ("rpm", "suse", "opensuse-leap-15.5", "openSUSE:15.5"),
        ("rpm", "opensuse", "opensuse-tumbleweed-20240101", "openSUSE:Tumbleweed"),
        ("rpm", "fedora", "fedora-39", "Fedora:39"),
        ("rpm", "mageia", "mageia-9", "Mageia:9"),
        ("rpm", "photon", "photon-4", "Photon OS:4.0"),
        ("rpm", "azurelinux", "azurelinux-3.0", "Azure Linux:3"),
        ("rpm", "openeuler", "openEuler-22.03-LTS-SP1", "openEuler:22.03-LTS-SP1"),
    ],
)
def test_every_spelling_of_a_release_leads_to_one(kind: str, namespace: str, distro: str, ecosystem: str) -> None:
    release = distributions.named(kind, namespace, distro)
    assert release is not None
    assert release.ecosystem == ecosystem
    assert distributions.canonical(ecosystem) == ecosystem
    assert distributions.named(kind, "", release.distro or "") == release or not release.release
    made = purl_of(Package(ecosystem, "curl"), "1:8.0-1")
    assert made is not None
    again = understood(made)
    assert (again.package, again.version, again.why_not) == (Package(ecosystem, "curl"), "1:8.0-1", "")


@pytest.mark.parametrize(
    ("osv", "ecosystem"),
    [
        ("Ubuntu:22.04:LTS", "Ubuntu:22.04"),
        ("Ubuntu:Pro:18.04:LTS", "Ubuntu:18.04"),
        ("Debian:12", "Debian:12"),
        ("Alpine:v3.19", "Alpine:v3.19"),
        ("Red Hat:enterprise_linux:9::baseos", "Red Hat:9"),
        ("Red Hat:enterprise_linux:8.6::appstream", "Red Hat:8"),
        ("Red Hat:rhel_eus:9.2::appstream", "Red Hat:rhel_eus:9.2::appstream"),
        ("SUSE:Linux Enterprise Server 15 SP5", "SUSE:15.5"),
        ("SUSE:Linux Enterprise Server 12 SP5-LTSS", "SUSE:12.5"),
        ("SUSE:Linux Enterprise Module for Basesystem 15 SP6", "SUSE:15.6"),
        ("SUSE:Linux Enterprise Micro 5.3", "SUSE:Micro 5.3"),
        ("SUSE:Linux Enterprise Live Patching 15 SP5", "SUSE:Linux Enterprise Live Patching 15 SP5"),
        ("SUSE:Manager Server 4.3", "SUSE:Manager Server 4.3"),
        ("openSUSE:Leap 15.5", "openSUSE:15.5"),
        ("openSUSE:Tumbleweed", "openSUSE:Tumbleweed"),
        ("Photon OS:3.0", "Photon OS:3.0"),
        ("Debian", "Debian"),
        ("PyPI", "PyPI"),
        ("Root:Debian:12", "Root:Debian:12"),
        ("Echo:PyPI", "Echo:PyPI"),
        ("Maven:https://maven.google.com", "Maven:https://maven.google.com"),
    ],
)
def test_osv_ecosystems_and_purls_meet(osv: str, ecosystem: str) -> None:
    assert distributions.canonical(osv) == ecosystem
    assert package_of(osv, "curl").ecosystem == ecosystem


DEBIAN_12 = "distro=debian-12"


@pytest.mark.parametrize(
    ("purl", "package", "version", "binary", "source"),
    [
        (f"pkg:deb/debian/libcurl4@7.88.1-10?upstream=curl&{DEBIAN_12}", "curl", "7.88.1-10", "libcurl4", None),
        (f"pkg:deb/debian/gcc-12-base@12.2.0-14?upstream=gcc-12%4012.2.0-15&{DEBIAN_12}", "gcc-12", "12.2.0-15", "gcc-12-base", None),
        (f"pkg:deb/debian/libx@1.2-3%2Bb1?upstream=x&{DEBIAN_12}", "x", "1.2-3", "libx", None),
        (f"pkg:deb/debian/x@1.2-3%2Bb1?{DEBIAN_12}", "x", "1.2-3+b1", "", None),
        (f"pkg:deb/debian/curl@7.88.1-10?arch=source&{DEBIAN_12}", "curl", "7.88.1-10", "", None),
        (f"pkg:deb/debian/curl@7.88.1-10?arch=source&upstream=other&{DEBIAN_12}", "curl", "7.88.1-10", "", None),
        ("pkg:apk/alpine/libcrypto3@3.1.4-r5?upstream=openssl&distro=alpine-3.19.1", "openssl", "3.1.4-r5", "libcrypto3", None),
        ("pkg:rpm/suse/libcurl4@8.0-2?upstream=curl-8.0-2.src.rpm&distro=sles-15.5", "curl", "8.0-2", "libcurl4", None),
        ("pkg:rpm/suse/libx@8.0-2?epoch=1&upstream=x-y-8.0-2.src.rpm&distro=sles-15.5", "x-y", "1:8.0-2", "libx", None),
        ("pkg:rpm/suse/perl-Foo@0.5-2?epoch=1&upstream=perl-5.36-9.src.rpm&distro=sles-15.5", "perl", "5.36-9", "perl-Foo", None),
        ("pkg:rpm/redhat/libcurl@8.0-2?upstream=curl-8.0-2.src.rpm&distro=rhel-9.3", "libcurl", "8.0-2", "", Source("curl", "8.0-2")),
    ],
)  # fmt: skip
def test_a_source_package_is_matched_where_advisories_name_those(
    purl: str, package: str, version: str, binary: str, source: Source | None
) -> None:
    found = understood(purl)
    assert (found.package.name, found.version, found.binary, found.source) == (package, version, binary, source)
    line = listing(purl, name="shown")
    assert (line.package, line.version, line.name) == (package, version, "shown")
    assert line.key is not None
    made = purl_of(found.package, found.version, binary=found.binary)
    assert made is not None
    assert understood(made).package == found.package
    assert understood(made).binary == found.binary


@pytest.mark.parametrize(
    ("purl", "said", "package", "version"),
    [
        (
            "pkg:deb/debian/libcurl4@7.88.1-10%2Bdeb12u5?arch=amd64&distro=debian-12.5",
            {"Name": "curl", "Version": "7.88.1", "Release": "10+deb12u5"},
            "curl",
            "7.88.1-10+deb12u5",
        ),
        (
            "pkg:deb/debian/bsdutils@2.38.1-5?arch=amd64&distro=debian-12.5&epoch=1",
            {"Name": "util-linux", "Version": "2.38.1", "Release": "5"},
            "util-linux",
            "2.38.1-5",
        ),
        (
            "pkg:deb/debian/libgmp10@6.2.1-1?distro=debian-12.5&epoch=2",
            {"Name": "gmp", "Version": "6.2.1", "Release": "1", "Epoch": "2"},
            "gmp",
            "2:6.2.1-1",
        ),
        ("pkg:deb/debian/libx@1-1?distro=debian-12.5&epoch=2", {}, "libx", "2:1-1"),
        (
            "pkg:apk/alpine/libcrypto3@3.1.4-r5?distro=3.19.1",
            {"Name": "openssl", "Version": "3.1.4-r5"},
            "openssl",
            "3.1.4-r5",
        ),
        (
            "pkg:rpm/suse/libcurl4@8.0-2?distro=sles-15.5",
            {"Name": "curl", "Version": "8.0", "Release": "2"},
            "curl",
            "8.0-2",
        ),
        ("pkg:pypi/curl@1.0", {"Name": "other", "Version": "2"}, "curl", "1.0"),
    ],
)
def test_a_source_package_may_be_said_beside_the_purl(
    purl: str, said: dict[str, str], package: str, version: str
) -> None:
    properties = [{"name": f"aquasecurity:trivy:Src{name}", "value": value} for name, value in said.items()]
    component = {"type": "library", "name": "x", "version": "1", "purl": purl, "properties": properties}
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [component]}
    (found,) = parser("cyclonedx").parse(json.dumps(document).encode()).listings
    assert (found.package, found.version, found.purl) == (package, version, purl)
    assert found.key is not None


@pytest.mark.parametrize(
    "purl",
    [
        "pkg:deb/debian/curl@1",
        "pkg:deb/kali/curl@1?distro=kali-2024.1",
        "pkg:rpm/openeuler/curl@1-1?distro=openeuler-22.03",
        "pkg:apk/alpine/curl@1-r1",
        "pkg:deb/fedora/curl@1?distro=fedora-39",
    ],
)
def test_a_package_of_no_known_release_says_so(purl: str) -> None:
    found = understood(purl)
    assert "which release" in found.why_not
    made = purl_of(found.package, found.version)
    assert made is not None
    assert understood(made).package == found.package


@pytest.mark.parametrize(
    "purl",
    [
        f"pkg:{'x' * 90}/curl@1",
        f"pkg:npm/{'x' * 301}@1",
        f"pkg:npm/{'İ' * 160}@1",
        f"pkg:deb/debian/x@1?distro=debian-12&upstream={'y' * 290}{'İ' * 9}",
        "pkg:npm/x@" + "1" * 1000,
    ],
)
def test_what_is_longer_than_is_kept_is_refused_with_its_length(purl: str) -> None:
    found = identify(purl)
    assert isinstance(found, NotIdentified)
    assert "characters" in found.why


def test_what_has_no_purl_type_has_no_purl() -> None:
    for ecosystem in ("CPE", "Red Hat:rhel_eus:9.2::appstream", "Debian", "Root:Debian:12", "OSS-Fuzz", ""):
        assert purl_of(Package(ecosystem, "a:b:c")) is None


def test_every_ecosystem_of_the_registry_has_a_way_back() -> None:
    for folder in registry.FOLDERS:
        order = registry.ecosystem_of_folder(folder)
        if order.name in {"CPE", "SemVer", "Alpine", "Debian", "RPM"}:
            continue  # by CPE; no packages of its own; with a release only
        grouped = {
            "Go": "a/b",
            "Maven": "a:b",
            "npm": "@a/b",
            "Packagist": "a/b",
            "VSCode": "a.b",
            "GitHub Actions": "a/b",
        }
        package = package_of(order.name, grouped.get(order.name, "name"))
        made = purl_of(package, "1.0.0")
        assert made is not None
        assert understood(made).package == package
    for base in ("Debian:12", "Ubuntu:24.04", "Alpine:v3.20", "AlmaLinux:9", "Fedora:41", "Wolfi", "openSUSE:15.6"):
        assert registry.of_name(base) is not None
        made = purl_of(Package(base, "curl"), "1.0-1")
        assert made is not None
        assert understood(made).package == Package(base, "curl")


names = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="/:"), min_size=1, max_size=30)


@given(names, st.text(max_size=20), st.text(max_size=40))
def test_no_distro_or_upstream_is_an_error(name: str, distro: str, upstream: str) -> None:
    for kind in ("deb", "apk", "rpm"):
        found = identify(f"pkg:{kind}/debian/{name}@1?distro={distro}&upstream={upstream}")
        assert isinstance(found, NotIdentified | Identified)
    distributions.canonical(f"SUSE:{distro}")
    distributions.canonical(distro)


@given(st.sampled_from(["PyPI", "npm", "Debian:12", "Alpine:v3.19", "SUSE:15.5", "Red Hat:9"]), names, names)
def test_any_name_and_version_come_back(ecosystem: str, name: str, version: str) -> None:
    package = package_of(ecosystem, name)
    made = purl_of(package, version)
    if made is None or len(made) > purls.PURL_MAX:
        return
    found = identify(made)
    assert isinstance(found, Identified)
    assert found.package == package
