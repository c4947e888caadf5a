"""Where a run finds its interpreter: this machine's, at its place under /usr or mounted at a neutral one."""

import shutil
import subprocess
import sys
from pathlib import Path

from seawall.clearinghouse.validation.errors import Infrastructure
from seawall.clearinghouse.validation.sandboxes.interface import Mount


def python() -> tuple[str, tuple[Mount, ...]]:
    """This Python inside the sandbox, and what must be mounted for it."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    prefix = Path(sys.base_prefix).resolve()
    if prefix == Path("/usr"):
        return f"/usr/bin/{name}", ()
    return f"/opt/python/bin/{name}", (Mount(prefix, "/opt/python"),)


def node() -> tuple[str, tuple[Mount, ...]]:
    """Node.js inside the sandbox, and what must be mounted for it.

    Raises:
        Infrastructure: It is not installed.
    """
    found = shutil.which("node")
    if found is None:
        raise Infrastructure("node is not installed.", "apt-get install nodejs npm")
    real = Path(found).resolve()
    if real.is_relative_to("/usr/bin"):
        return str(real), ()
    return "/opt/node/node", (Mount(real.parent, "/opt/node"),)


def java() -> tuple[str, tuple[Mount, ...]]:
    """The home of this machine's JDK inside the sandbox, and what must be mounted for it.

    Raises:
        Infrastructure: It is not installed.
    """
    found = shutil.which("javac")
    if found is None:
        raise Infrastructure("A JDK is not installed.", "apt-get install openjdk-17-jdk-headless")
    home = Path(found).resolve().parents[1]
    inside, mounts = (str(home), ()) if home.is_relative_to("/usr/lib") else ("/opt/java", (Mount(home, "/opt/java"),))
    # Debian keeps the settings of Java below /etc and links to them.
    settings = (home / "conf" / "security" / "java.security").resolve().parents[1]
    return inside, mounts if settings.is_relative_to(home) else (*mounts, Mount(settings, str(settings)))


def go() -> tuple[str, tuple[Mount, ...]]:
    """The root of this machine's Go inside the sandbox, and what must be mounted for it.

    Raises:
        Infrastructure: It is not installed.
    """
    found = shutil.which("go")
    if found is None:
        raise Infrastructure("Go is not installed.", "apt-get install golang-go")
    root = Path(found).resolve().parents[1]
    inside, mounts = (str(root), ()) if root.is_relative_to("/usr/lib") else ("/opt/go", (Mount(root, "/opt/go"),))
    # Debian keeps the sources of Go's own packages below /usr/share and links to them.
    shared = (root / "src").resolve().parent
    return inside, mounts if shared == root else (*mounts, Mount(shared, str(shared)))


def rust() -> tuple[str, tuple[Mount, ...]]:
    """The folder of this machine's cargo and rustc (``bin/cargo``) inside the sandbox, and what must be mounted for it.

    Raises:
        Infrastructure: They are not installed.
    """
    found = shutil.which("rustc")
    done = found and subprocess.run(
        [found, "--print", "sysroot"], capture_output=True, text=True, timeout=20, check=False
    )
    root = Path(done.stdout.strip()) if done and done.returncode == 0 else None
    # Where rustup keeps several, what is on the PATH starts one of them, which is no program to run inside.
    if root is None or not (root / "bin" / "cargo").is_file() or not (root / "bin" / "rustc").is_file():
        raise Infrastructure("Rust is not installed.", "apt-get install cargo")
    return ("/usr", ()) if root == Path("/usr") else ("/opt/rust", (Mount(root, "/opt/rust"),))


def environment(program: str) -> dict[str, str]:
    """What that Python needs in its environment: else it would find another's library, and half of its own modules."""
    return {} if program.startswith("/usr/") else {"LD_LIBRARY_PATH": str(Path(program).parents[1] / "lib")}
