'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').replace(/\n$/, '');


console.log(String(require('ssri').parse(JSON.parse(text), { strict: true })));
