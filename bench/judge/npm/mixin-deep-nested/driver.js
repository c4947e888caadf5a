'use strict';

const fs = require('fs');
const value = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

const mixin = require('mixin-deep');
console.log(JSON.stringify(mixin({ gate: { open: false } }, { gate: value })));
