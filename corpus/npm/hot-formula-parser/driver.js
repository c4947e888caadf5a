'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


const { Parser } = require('hot-formula-parser');
console.log(new Parser().parse(text));
