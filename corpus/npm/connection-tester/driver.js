'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


const tester = require('connection-tester');
try {
  console.log(tester.test(text, 8080, 200));
} catch (error) {
  console.log('refused');
}
