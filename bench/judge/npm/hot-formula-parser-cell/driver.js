'use strict';

const fs = require('fs');
const value = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

const { Parser } = require('hot-formula-parser');
const parser = new Parser();
parser.setVariable('rate', 2);
for (const formula of value) console.log(parser.parse(formula).error);
