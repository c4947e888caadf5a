'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').replace(/\n$/, '');


const normalizeUrl = require('normalize-url');
try {
  console.log((normalizeUrl.default || normalizeUrl)(JSON.parse(text)).length);
} catch (error) {
  console.log(error.message);
}
