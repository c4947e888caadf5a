import sys
import zipfile

import zipp

with zipfile.ZipFile(sys.argv[1]) as archive:
    chart = zipp.Path(archive, "charts/north.txt")
    print(chart.read_text(encoding="utf-8") if chart.exists() else "no chart of the north")
    print(len(list(zipp.Path(archive).glob("*.txt"))))
