'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').replace(/\n$/, '');


const validate = require('is-my-json-valid')({ type: 'string', format: 'style', maxLength: 100 });
console.log(validate(text));
