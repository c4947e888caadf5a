'use strict';

const fs = require('fs');
const value = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

const paths = require('object-path').create({ includeInheritedProps: true });
const fleet = { ships: {} };
try {
  paths.ensureExists(fleet, value, 1);
} catch (error) {
  console.log(error.name);
}
console.log(Object.keys(fleet.ships).join());
