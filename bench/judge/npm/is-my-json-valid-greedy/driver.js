'use strict';

const fs = require('fs');
const value = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

const validator = require('is-my-json-valid');
try {
  console.log(validator({ type: 'object', properties: { cargo: value } }, { verbose: true, greedy: true })({ cargo: {} }));
} catch (error) {
  console.log(error.name);
}
