'use strict';

const fs = require('fs');
const { object } = require('mout');

const stock = { rope: { length: 20 } };
const { changes } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
for (const change of changes) object.set(stock, change.what, change.to);
console.log(JSON.stringify(stock));
