import json
import sys

import marshmallow as ma

Crew = ma.Schema.from_dict({"name": ma.fields.String(), "since": ma.fields.Date()})

with open(sys.argv[1], encoding="utf-8") as file:
    crew = json.load(file)

# The form is only checked here; another service stores it.
problems = Crew(unknown=ma.RAISE).validate(crew, many=True)
print(len(problems))
