import os
import sys
from pathlib import Path

from jaraco.context import tarball

with tarball(Path(sys.argv[1]).as_uri(), target_dir="/tmp/charts") as folder:
    print(sorted(os.listdir(folder)))
