'use strict';

const fs = require('fs');
const parse = require('minimist');

const words = fs.readFileSync(process.argv[2], 'utf8').trim().split(/\s+/);
const options = parse(words);
console.log(JSON.stringify(options));
