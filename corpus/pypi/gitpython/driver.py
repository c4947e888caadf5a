import sys
from pathlib import Path

from git import Repo
from git.exc import GitError

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
try:
    Repo.clone_from("file:///tmp/nowhere", "/tmp/clone", multi_options=[text])
except (GitError, ValueError) as error:
    print(type(error).__name__)
