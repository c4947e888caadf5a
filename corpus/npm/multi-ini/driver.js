'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


const ini = require('multi-ini');
ini.read(process.argv[2]);
