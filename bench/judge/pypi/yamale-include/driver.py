import sys

import yamale
from yamale.validators import DefaultValidators, Validator


class Berth(Validator):
    """A letter and a number, such as B12"""

    tag = "berth"

    def _is_valid(self, value):
        return value[:1].isalpha() and value[1:].isdigit()


validators = DefaultValidators.copy()
validators[Berth.tag] = Berth
try:
    schema = yamale.make_schema(sys.argv[1], validators=validators)
except SyntaxError as error:
    print(type(error).__name__)
else:
    for result in yamale.validate(schema, yamale.make_data(content="{place: {berth: B12, depth: 4}, ships: [Tern]}"), _raise_error=False):
        print(result.isValid(), result.errors)
