'use strict';

const fs = require('fs');
const UAParser = require('ua-parser-js');

for (const agent of fs.readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  const { vendor, model } = new UAParser(agent).getDevice();
  console.log(vendor, model && model.length);
}
