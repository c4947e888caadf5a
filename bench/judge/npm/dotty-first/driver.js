'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();

const dotty = require('dotty');
const fleet = { ships: {} };
console.log(dotty.put(fleet, text, 1), JSON.stringify(fleet));
