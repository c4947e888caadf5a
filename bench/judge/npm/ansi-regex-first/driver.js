'use strict';

const fs = require('fs');
const ansiRegex = require('ansi-regex');

// Which lines of what a terminal showed have color?
const plain = [];
for (const line of fs.readFileSync(process.argv[2], 'utf8').split('\n')) {
  if (!ansiRegex({ onlyFirst: true }).test(line)) plain.push(line);
}
console.log(plain.length);
