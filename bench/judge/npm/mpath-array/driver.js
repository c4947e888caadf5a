'use strict';

const fs = require('fs');
const value = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

const mpath = require('mpath');
const fleet = {};
try {
  mpath.set(value, 'seen', fleet);
} catch (error) {
  console.log(error.message);
}
console.log(JSON.stringify(fleet));
