'use strict';

const fs = require('fs');
const { imageSize } = require('image-size');

const picture = new Uint8Array(fs.readFileSync(process.argv[2]));
try {
  const { width, height, type } = imageSize(picture);
  console.log(type, width, height);
} catch (error) {
  console.log(error.name);
}
