'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').replace(/\n$/, '');


const strip = require('prompts/lib/util/strip');
console.log(strip(JSON.parse(text)).length);
