'use strict';

const fs = require('fs');
const { toInteger } = require('lodash');

const { length } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
console.log(toInteger(length));
