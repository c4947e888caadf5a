'use strict';

const fs = require('fs');
const expand = require('brace-expansion');

for (const pattern of fs.readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  console.log(expand(pattern).length);
}
