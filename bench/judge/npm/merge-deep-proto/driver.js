'use strict';

const fs = require('fs');
const merge = require('merge-deep');

const defaults = { sails: { main: 'dacron', jib: 'dacron' }, crew: 2 };
const wanted = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
console.log(JSON.stringify(merge(defaults, wanted)));
