'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();

console.log(require('minimatch').braceExpand(text).length);
