import json
import sys
from pathlib import Path

from marshmallow import Schema, ValidationError, fields


class Reading(Schema):
    depth = fields.Float(required=True)


rows = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
try:
    print(len(Reading(many=True).load(rows)), "readings")
except ValidationError as error:
    print(len(error.messages), "of", len(rows), "readings are wrong")
