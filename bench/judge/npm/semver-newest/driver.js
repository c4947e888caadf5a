'use strict';

const fs = require('fs');
const { maxSatisfying } = require('semver');

const releases = ['1.0.0', '1.4.2', '2.0.0', '2.1.0-rc.1', '3.0.0'];
const { ranges } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
console.log(ranges.map((range) => maxSatisfying(releases, range)).join(' '));
