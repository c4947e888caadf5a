'use strict';

const fs = require('fs');
const parse = require('ua-parser-js');

const visits = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const counts = {};
for (const { agent } of visits) {
  const name = parse(agent).browser.name;
  counts[name] = (counts[name] || 0) + 1;
}
console.log(JSON.stringify(counts));
