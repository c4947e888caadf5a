'use strict';

const fs = require('fs');
const extend = require('node.extend');

// Every line of the file is one correction to the list of charts.
const charts = { north: { scale: 25000, marks: [] }, south: { scale: 50000, marks: [] } };
for (const line of fs.readFileSync(process.argv[2], 'utf8').split('\n')) {
  if (line !== '') extend(true, charts, JSON.parse(line));
}
console.log(Object.keys(charts).length, 'charts');
