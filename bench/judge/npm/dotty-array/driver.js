'use strict';

const fs = require('fs');
const value = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

const dotty = require('dotty');
const fleet = {};
console.log(dotty.put(fleet, value, 1), JSON.stringify(fleet));
