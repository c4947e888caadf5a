'use strict';

const fs = require('fs');
const sizeOf = require('image-size');

try {
  const { width, height } = sizeOf(fs.readFileSync(process.argv[2]));
  console.log(width + ' x ' + height);
} catch (error) {
  console.log(error.message);
}
