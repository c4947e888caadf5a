'use strict';

const fs = require('fs');
const mime = require('mime');

for (const { file } of JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))) {
  console.log(file.length, mime.getType(file) || 'application/octet-stream');
}
