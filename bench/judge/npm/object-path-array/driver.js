'use strict';

const fs = require('fs');
const value = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

const paths = require('object-path').withInheritedProps;
const chart = {};
try {
  paths.set(chart, value, 'lit');
} catch (error) {
  console.log(error.message);
}
console.log(JSON.stringify(chart));
