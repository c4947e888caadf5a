'use strict';

const fs = require('fs');
const _ = require('lodash');

const settings = { lights: { north: true } };
for (const line of fs.readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  const [where, what] = line.split(' = ');
  _.update(settings, where, (before) => (before === undefined ? what : before));
}
console.log(_.size(settings));
