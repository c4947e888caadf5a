'use strict';

const fs = require('fs');
const _ = require('lodash');

const names = fs.readFileSync(process.argv[2], 'utf8').split('\n').map((name) => _.trim(name));
console.log(names.length);
