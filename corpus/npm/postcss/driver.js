'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').replace(/\n$/, '');


const postcss = require('postcss');
console.log(postcss.parse(text).nodes.length);
