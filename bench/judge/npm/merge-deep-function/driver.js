'use strict';

const fs = require('fs');
const mergeDeep = require('merge-deep');

// Every line is one layer of settings, the last one wins.
const layers = fs.readFileSync(process.argv[2], 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const settings = mergeDeep({}, ...layers);
console.log(Object.keys(settings).join(' '));
