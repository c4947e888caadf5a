'use strict';

const fs = require('fs');
const protobuf = require('protobufjs');

const source = fs.readFileSync(process.argv[2], 'utf8');
try {
  const { root } = protobuf.parse(source);
  console.log(root.lookupType('Buoy').fieldsArray.map((field) => field.name).join(', '));
} catch (error) {
  console.log(error.message);
}
