'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();

const semverRegex = require('semver-regex');
console.log((text.match(semverRegex()) || []).length);
