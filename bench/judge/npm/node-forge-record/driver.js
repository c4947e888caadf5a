'use strict';

const fs = require('fs');
const { asn1, util } = require('node-forge');

const bytes = fs.readFileSync(process.argv[2]);
try {
  const record = asn1.fromDer(util.createBuffer(bytes.toString('binary')));
  console.log(record.type, record.constructed);
} catch (error) {
  if (error instanceof RangeError) throw error;
  console.log('not DER:', error.message);
}
