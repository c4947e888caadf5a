import sys
from pathlib import Path

from setuptools.package_index import PackageIndex

index = PackageIndex("https://index.example/simple")
index.to_scan = []
page = Path(sys.argv[1]).read_text(encoding="utf-8")
print(len(index.process_index("https://index.example/simple/moorings/", page)))
print(len(index.to_scan))
