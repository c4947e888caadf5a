'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();

const dot = require('dot-object');
const log = { tide: {} };
try {
  dot.str(text, 'high', log);
} catch (error) {
  console.log(error.message);
}
console.log(JSON.stringify(log));
