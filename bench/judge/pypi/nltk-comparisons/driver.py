import shutil
import sys

from nltk.corpus.reader.comparative_sents import ComparativeSentencesCorpusReader

shutil.copy(sys.argv[1], "/tmp/reviews.txt")
reviews = ComparativeSentencesCorpusReader("/tmp", r"reviews\.txt")
for comparison in reviews.comparisons():
    print(comparison.comp_type, comparison.entity_1, len(comparison.text), len(comparison.keyword or ""))
