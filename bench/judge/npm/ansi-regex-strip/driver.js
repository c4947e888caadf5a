'use strict';

const fs = require('fs');
const ansiRegex = require('ansi-regex');

const log = fs.readFileSync(process.argv[2], 'utf8');
console.log(log.replace(ansiRegex(), '').length);
