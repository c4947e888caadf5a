'use strict';

const fs = require('fs');
const dotProp = require('dot-prop');

const form = {};
for (const field of fs.readFileSync(process.argv[2], 'utf8').trim().split('&')) {
  const [name, value] = field.split('=');
  dotProp.set(form, name, decodeURIComponent(value));
}
console.log(Object.keys(form).length, 'fields');
