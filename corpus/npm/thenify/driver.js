'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


const thenify = require('thenify');
const work = () => {};
Object.defineProperty(work, 'name', { value: text });
try {
  thenify(work);
} catch (error) {
  console.log(error.message);
}
