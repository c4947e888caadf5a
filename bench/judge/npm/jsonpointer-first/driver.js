'use strict';

const fs = require('fs');
const pointer = require('jsonpointer');

const ship = { name: 'gull', crew: [{ name: 'Ada' }], tanks: { fore: 10 } };
for (const line of fs.readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  const [where, what] = line.split(' = ');
  console.log(pointer.set(ship, where, what), pointer.get(ship, where));
}
