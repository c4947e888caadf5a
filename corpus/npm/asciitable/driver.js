'use strict';

const fs = require('fs');
const value = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));


const table = require('asciitable.js');
try {
  (table.default || table)([['a', 'b']], value);
} catch (error) {
  console.log(error.message);
}
