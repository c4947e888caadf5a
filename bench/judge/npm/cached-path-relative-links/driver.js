'use strict';

const fs = require('fs');
const relative = require('cached-path-relative');

const links = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
for (const [page, target] of links) console.log(relative(page, target));
