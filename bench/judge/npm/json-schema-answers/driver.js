'use strict';

const fs = require('fs');
const { validate } = require('json-schema');

// A register whose entries may bring a schema of their own for what they add.
const entry = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const { errors } = validate(entry, { properties: { ship: { type: 'string' } } });
console.log(errors.length);
