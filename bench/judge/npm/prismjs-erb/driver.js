'use strict';

const fs = require('fs');
const Prism = require('prismjs');
require('prismjs/components/')(['erb']);

const page = fs.readFileSync(process.argv[2], 'utf8');
console.log(Prism.highlight(page, Prism.languages.erb, 'erb').length);
