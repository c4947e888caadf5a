'use strict';

const fs = require('fs');
const value = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

const trim = require('trim-off-newlines');
console.log(value.map((line) => trim(line).length).join());
