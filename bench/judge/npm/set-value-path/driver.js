'use strict';

const fs = require('fs');
const set = require('set-value');

const [where, what] = fs.readFileSync(process.argv[2], 'utf8').trim().split(': ');
console.log(Object.keys(set({}, where, what)).length);
