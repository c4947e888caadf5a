'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


const ps = require('ps');
try {
  ps.lookup({ pid: text }, () => console.log('looked up'));
} catch (error) {
  console.log('refused');
}
