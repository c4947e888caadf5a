'use strict';

const fs = require('fs');
const value = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

const { applyPatch } = require('fast-json-patch');
try {
  console.log(JSON.stringify(applyPatch({ quay: {} }, value).newDocument));
} catch (error) {
  console.log(error.name);
}
