'use strict';

const fs = require('fs');
const { highlight, languages } = require('prismjs');

const { language, code } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
console.log(highlight(code, languages[language], language).length);
