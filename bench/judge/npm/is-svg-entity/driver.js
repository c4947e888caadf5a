'use strict';

const fs = require('fs');
const isSvg = require('is-svg');

// Are the pictures of an upload, with a line of dashes between them, drawings?
const parts = fs.readFileSync(process.argv[2], 'utf8').split('\n----\n');
console.log(parts.map((part) => isSvg(part)).length);
