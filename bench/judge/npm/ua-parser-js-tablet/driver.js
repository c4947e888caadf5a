'use strict';

const fs = require('fs');
const { UAParser } = require('ua-parser-js');

const parser = new UAParser();
for (const line of fs.readFileSync(process.argv[2], 'utf8').split('\n')) {
  const { device, os } = parser.setUA(line).getResult();
  console.log(os.name, device.type);
}
