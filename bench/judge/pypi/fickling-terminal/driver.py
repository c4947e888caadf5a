import sys

import fickling
from fickling.exception import UnsafeFileError

with open(sys.argv[1], "rb") as upload:
    try:
        print(fickling.load(upload))
    except UnsafeFileError as error:
        print("refused:", type(error).__name__)
