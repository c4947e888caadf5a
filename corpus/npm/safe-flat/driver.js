'use strict';

const fs = require('fs');
const value = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));


const { unflatten } = require('safe-flat');
try {
  unflatten(value, '.');
} catch (error) {
  console.log(error.message);
}
