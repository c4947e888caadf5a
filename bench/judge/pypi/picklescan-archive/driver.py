import io
import json
import pickle
import sys
import zipfile
from pathlib import Path

from picklescan.scanner import scan_zip_bytes

# A model comes as an archive; its index says which member holds what.
model = Path(sys.argv[1]).read_bytes()
verdict = scan_zip_bytes(io.BytesIO(model), "model.zip")
if verdict.issues_count == 0:
    with zipfile.ZipFile(io.BytesIO(model)) as archive:
        for part, member in json.loads(archive.read("index.json")).items():
            print(part, pickle.loads(archive.read(member)))
else:
    print(verdict.infected_files, "of", verdict.scanned_files, "files are not safe")
