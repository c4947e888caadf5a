import sys
from pathlib import Path

from dparse.dependencies import DependencyFile

file = DependencyFile(
    content=Path(sys.argv[1]).read_text(encoding="utf-8"),
    path="deploy/requirements.txt",
)
file.parse()
print(len(file.dependencies), sorted({str(found.index_server) for found in file.dependencies}), file.resolved_files)
