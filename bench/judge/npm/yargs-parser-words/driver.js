'use strict';

const fs = require('fs');
const parse = require('yargs-parser');

for (const line of fs.readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  console.log(JSON.stringify(parse(line)));
}
