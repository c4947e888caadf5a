import sys
from pathlib import Path

from git import Repo
from git.exc import GitError

text = Path(sys.argv[1]).read_text(encoding="utf-8").rstrip("\n")
repository = Repo.init("/tmp/charts")
try:
    repository.clone("/tmp/copy", multi_options=["--quiet"], u=text)
except (GitError, ValueError) as error:
    print(type(error).__name__)
