'use strict';

const fs = require('fs');
const value = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

const { applyPatch } = require('rfc6902');
const chart = { buoys: { west: 'lit' } };
const said = applyPatch(chart, value);
console.log(said.map((one) => (one ? one.name : 'done')).join(), JSON.stringify(chart));
