'use strict';

const fs = require('fs');
const ini = require('ini');

const settings = ini.parse(fs.readFileSync(process.argv[2], 'utf8'));
console.log(JSON.stringify(settings));
