'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();

const paths = require('object-path').create({ includeInheritedProps: true });
const chart = { buoys: {} };
try {
  paths.ensureExists(chart, text, 'lit');
} catch (error) {
  console.log(error.message);
}
console.log(JSON.stringify(chart));
