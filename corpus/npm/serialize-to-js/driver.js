'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


const { deserialize } = require('serialize-to-js');
try {
  console.log(deserialize(text));
} catch (error) {
  console.log(error.message);
}
