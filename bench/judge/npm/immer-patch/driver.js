'use strict';

const fs = require('fs');
const { applyPatches, enablePatches } = require('immer');

enablePatches();
const patches = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
try {
  console.log(Object.keys(applyPatches({ ships: {} }, patches)).length);
} catch (error) {
  console.log(error.name);
}
