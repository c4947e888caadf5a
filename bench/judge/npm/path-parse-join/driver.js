'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();

const parse = require('path-parse').posix;
const { dir, name, ext } = parse(text);
console.log(dir.length, name, ext);
