"""OSV's names and purl types lead to an order, or to the plain word that there is none."""

import string
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.clearinghouse.matching.ecosystems import registry

OSV_NAMES = """AlmaLinux Alpaquita Alpine Android Azure_Linux BellSoft_Hardened_Containers Bioconductor Bitnami Chainguard
CleanStart ConanCenter CRAN crates.io Debian Docker_Hardened_Images Echo FreeBSD GHC GIT GitHub_Actions Go GSD Hackage Hex
Homebrew Julia Kubernetes Linux Mageia Maven MinimOS npm NuGet opam openEuler openSUSE OSS-Fuzz Packagist Photon_OS Pub PyPI
Red_Hat Rocky_Linux Root RubyGems SUSE SwiftURL TuxCare Ubuntu UVI VSCode Wolfi"""


def test_every_order_goes_by_its_own_name_and_types() -> None:
    found = {folder: registry.ecosystem_of_folder(folder) for folder in registry.FOLDERS}
    folders = {path.parent.name for path in Path(registry.__file__).parent.glob("*/order.py")}
    assert set(found) == folders
    assert len({ecosystem.name for ecosystem in found.values()}) == len(found)
    for ecosystem in found.values():
        assert registry.of_name(ecosystem.name) is ecosystem
        for kind in ecosystem.purl_types:
            assert registry.of_purl_type(kind) is ecosystem
    types = {kind for ecosystem in found.values() for kind in ecosystem.purl_types}
    assert {kind for kind in registry._BY_PURL_TYPE if registry.of_purl_type(kind)} == types


@pytest.mark.parametrize("name", [name.replace("_", " ") for name in OSV_NAMES.split()])
def test_every_name_of_osv_has_an_order_or_is_said_to_have_none(name: str) -> None:
    if name in {"Docker Hardened Images", "Root", "TuxCare"}:
        assert registry.of_name(name) is None  # these say whose packages they rebuilt
        assert registry.of_name(f"{name}:Alpine:3.21") is registry.of_name("Alpine")
    else:
        assert (registry.of_name(name) is None) == (name in registry.WITHOUT_ORDER)


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("Debian:12", "Debian"),
        ("Ubuntu:Pro:18.04:LTS", "Debian"),
        ("Red Hat:enterprise_linux:9::appstream", "RPM"),
        ("Root:PyPI", "PyPI"),
        ("Root:Debian:12", "Debian"),
        ("TuxCare:Red Hat", "RPM"),
        ("TuxCare:npm", "npm"),
        ("Echo", "Debian"),
        ("Echo:PyPI", "PyPI"),
        ("Docker Hardened Images:Debian:trixie", "Debian"),
        ("Bioconductor", "CRAN"),
    ],
)
def test_a_release_or_a_rebuilder_does_not_change_the_order(name: str, order: str) -> None:
    assert registry.of_name(name) is registry.of_name(order)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ":",
        "::",
        "Root",
        "Root:",
        "TuxCare:TuxCare:npm",
        "TuxCare:Root:npm",
        "debian",
        "PyPI ",
        "Npm",
        "Root:Android",
    ],
)
def test_what_is_no_name_has_no_order(name: str) -> None:
    assert registry.of_name(name) is None
    assert registry.of_purl_type(name) is None


@given(st.text(max_size=60) | st.text(string.ascii_letters + ": ", max_size=30))
def test_any_text_may_be_asked_for(name: str) -> None:
    for found in (registry.of_name(name), registry.of_purl_type(name)):
        assert found is None or found.name


@pytest.mark.parametrize(
    ("order", "spellings", "others"),
    [
        ("PyPI", ["Zope.Interface", "zope-interface", "zope__interface", "ZOPE.-_interface"], ["zopeinterface"]),
        ("NuGet", ["Newtonsoft.Json", "newtonsoft.json"], ["newtonsoft-json"]),
        ("Packagist", ["Symfony/HTTP-Kernel", "symfony/http-kernel"], ["symfony/http_kernel"]),
        ("GitHub Actions", ["Actions/Checkout", "actions/checkout", "actions/checkout/sub"], ["actions/check-out"]),
        ("crates.io", ["serde-json", "Serde_Json"], ["serdejson"]),
        ("npm", ["@Angular/Core", "@angular/core"], ["angular/core"]),
        ("Go", ["github.com/BurntSushi/toml", "github.com/burntsushi/toml"], ["github.com/burntsushi/toml/v2"]),
        ("Maven", ["org.apache:A"], ["org.apache:a"]),
        ("RubyGems", ["RedCloth"], ["redcloth"]),
        ("CRAN", ["Matrix"], ["matrix"]),
        ("Hackage", ["HTTP"], ["http"]),
        ("Red Hat", ["ImageMagick"], ["imagemagick"]),
        ("VSCode", ["MS-Python.python", "ms-python.Python"], ["ms-python-python"]),
    ],
)
def test_a_package_has_one_name_however_it_is_spelled(order: str, spellings: list[str], others: list[str]) -> None:
    ecosystem = registry.of_name(order)
    assert ecosystem is not None
    names = {ecosystem.normalize_name(name) for name in spellings}
    assert len(names) == 1
    assert not names & {ecosystem.normalize_name(name) for name in others}


def test_asking_for_one_order_loads_only_that_one() -> None:
    code = (
        "import sys; from seawall.clearinghouse.matching.ecosystems import registry; registry.of_name('npm');"
        "print(sorted(name.split('.')[-2] for name in sys.modules if name.endswith('.order')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['npm', 'semver']"
