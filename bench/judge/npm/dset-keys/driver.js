'use strict';

const fs = require('fs');
const { dset } = require('dset');

const { edits } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const log = {};
edits.forEach(([keys, value]) => dset(log, keys, value));
console.log(Object.keys(log).join(' '));
