'use strict';

const fs = require('fs');
const value = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

const extend = require('extend');
const defaults = { berths: [{ name: 'west' }] };
console.log(Object.keys(extend(true, {}, defaults, value)).join());
