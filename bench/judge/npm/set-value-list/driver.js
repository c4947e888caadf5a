'use strict';

const fs = require('fs');
const setValue = require('set-value');

const body = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const profile = { name: 'Tern' };
try {
  setValue(profile, body.field, body.value);
} catch (error) {
  console.log(error.message.length > 0);
}
console.log(profile.name);
