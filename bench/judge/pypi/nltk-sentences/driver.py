import sys
from pathlib import Path

from nltk.tokenize import PunktSentenceTokenizer

tokenizer = PunktSentenceTokenizer()
for sentence in tokenizer.tokenize(Path(sys.argv[1]).read_text(encoding="utf-8")):
    print(len(sentence))
