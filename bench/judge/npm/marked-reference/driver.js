'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();

const { marked } = require('marked');
console.log(marked.parse(text, { gfm: false }).length);
