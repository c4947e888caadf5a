'use strict';

const fs = require('fs');
const isSvg = require('is-svg');

console.log(isSvg(fs.readFileSync(process.argv[2])));
