'use strict';

const fs = require('fs');
const { dset } = require('dset/merge');

const changes = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const chart = { sea: { depth: { min: 2 } }, lights: [] };
for (const change of changes) dset(chart, change.at, change.value);
console.log(JSON.stringify(chart));
