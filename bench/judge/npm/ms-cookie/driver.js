'use strict';

const fs = require('fs');
const ms = require('ms');

const life = fs.readFileSync(process.argv[2], 'utf8').trim();
console.log(ms(life) || 'no time');
