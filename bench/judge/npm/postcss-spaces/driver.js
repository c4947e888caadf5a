'use strict';

const fs = require('fs');
const postcss = require('postcss');

const sheet = fs.readFileSync(process.argv[2], 'utf8');
postcss([]).process(sheet, { from: '/tmp/harbor.css', map: { inline: false } }).then(
  (result) => console.log(result.css.length),
  (error) => console.log(error.name),
);
