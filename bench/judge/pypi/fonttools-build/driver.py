import shutil
import sys
from pathlib import Path

from fontTools import varLib
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

# Two weights of one letter, of which the design in the input makes a variable font.
folder = Path("/tmp/design")
(folder / "made").mkdir(parents=True)
for name, width in (("light", 100), ("heavy", 300)):
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for point in ((0, 700), (width, 700), (width, 0)):
        pen.lineTo(point)
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "I"])
    builder.setupCharacterMap({0x49: "I"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "I": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "I": (width + 50, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Harbor", "styleName": name})
    builder.setupOS2()
    builder.setupPost()
    builder.save(folder / f"{name}.ttf")
shutil.copy(sys.argv[1], folder / "harbor.designspace")
varLib.main([str(folder / "harbor.designspace"), "--output-dir", str(folder / "made")])
print(sorted(found.name for found in (folder / "made").iterdir()))
