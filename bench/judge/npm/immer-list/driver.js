'use strict';

const fs = require('fs');
const immer = require('immer');

// Two windows on one document: what the one did arrives as patches in the other.
immer.enablePatches();
let shared = { quays: { north: ['Tern'] } };
for (const message of JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))) {
  try {
    shared = immer.applyPatches(shared, [message]);
  } catch (error) {
    console.log('dropped:', error.message.slice(0, 40));
  }
}
console.log(JSON.stringify(shared).length);
