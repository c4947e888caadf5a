'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();

const s = require('underscore.string');
console.log(s(text).trim().unescapeHTML().value().length);
