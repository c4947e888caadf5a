'use strict';

const { imageSizeFromFile } = require('image-size/fromFile');

imageSizeFromFile(process.argv[2]).then(
  (size) => console.log(JSON.stringify(size)),
  (error) => console.log('no size:', error.message),
);
