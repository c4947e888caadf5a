'use strict';

const fs = require('fs');
const { zipObjectDeep } = require('lodash');

const { columns, row } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
console.log(Object.keys(zipObjectDeep(columns, row)).join());
