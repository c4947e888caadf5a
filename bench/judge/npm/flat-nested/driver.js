'use strict';

const fs = require('fs');
const value = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

const { unflatten } = require('flat');
console.log(JSON.stringify(unflatten(value, { delimiter: '/' })));
