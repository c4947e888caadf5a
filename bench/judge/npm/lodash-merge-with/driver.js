'use strict';

const fs = require('fs');
const mergeWith = require('lodash/mergeWith');

const lists = (left, right) => (Array.isArray(left) ? left.concat(right) : undefined);
const [first, ...others] = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
console.log(JSON.stringify(mergeWith(first, ...others, lists)).length);
