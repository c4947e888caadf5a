import sys
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ValidationError


class Sailor(BaseModel):
    name: str
    birthday: date


try:
    print(Sailor.parse_raw(Path(sys.argv[1]).read_bytes()).birthday)
except ValidationError as error:
    print(len(error.errors()))
