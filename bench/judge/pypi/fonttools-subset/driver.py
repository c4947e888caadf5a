import sys
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.subset import Subsetter
from fontTools.ttLib import newTable
from fontTools.ttLib.tables._g_l_y_f import Glyph
from fontTools.ttLib.tables.S_V_G_ import SVGDocument

# A font of flags, whose pictures come from the input, made smaller.
NAMES = [".notdef", "red", "green"]
builder = FontBuilder(1000, isTTF=True)
builder.setupGlyphOrder(NAMES)
builder.setupCharacterMap({0x52: "red", 0x47: "green"})
builder.setupGlyf({name: Glyph() for name in NAMES})
builder.setupHorizontalMetrics({name: (500, 0) for name in NAMES})
builder.setupHorizontalHeader(ascent=800, descent=-200)
builder.setupPost()
font = builder.font
font["SVG "] = newTable("SVG ")
font["SVG "].docList = [SVGDocument(Path(sys.argv[1]).read_text(encoding="utf-8"), 1, 2)]

subsetter = Subsetter()
subsetter.populate(text="R")
subsetter.subset(font)
for document in font["SVG "].docList:
    print(document.data)
