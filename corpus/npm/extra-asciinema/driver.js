'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


const { catSync } = require('extra-asciinema');
try {
  catSync(text);
} catch (error) {
  console.log('no recording');
}
