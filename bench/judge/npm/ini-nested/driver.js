'use strict';

const fs = require('fs');
const { decode, encode } = require('ini');

// Reads a file of settings, stamps it and writes it again.
const book = decode(fs.readFileSync(process.argv[2], 'utf8'));
book.checked = true;
process.stdout.write(encode(book));
