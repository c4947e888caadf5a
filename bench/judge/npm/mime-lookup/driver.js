'use strict';

const fs = require('fs');
const mime = require('mime');

const name = fs.readFileSync(process.argv[2], 'utf8').trim();
console.log(mime.lookup(name, 'text/plain'));
