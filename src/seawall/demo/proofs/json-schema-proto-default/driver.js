// A form desk: fills in a tenant's form from the defaults of the tenant's own schema.
'use strict';

const fs = require('fs');
const { validate } = require('json-schema');

const { schema, answers } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const result = validate(answers, schema);
console.log(result.valid ? 'accepted' : 'refused', Object.keys(answers).join(','));
