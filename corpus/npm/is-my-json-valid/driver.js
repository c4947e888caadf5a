'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


const validator = require('is-my-json-valid');
try {
  validator(JSON.parse(text), { verbose: true })({});
} catch (error) {
  console.log(error.message);
}
