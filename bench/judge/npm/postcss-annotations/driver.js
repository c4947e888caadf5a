'use strict';

const fs = require('fs');
const { parse } = require('postcss');

const sheet = fs.readFileSync(process.argv[2], 'utf8');
try {
  console.log(parse(sheet, { from: '/tmp/pier.css' }).nodes.length);
} catch (error) {
  console.log(error.reason);
}
