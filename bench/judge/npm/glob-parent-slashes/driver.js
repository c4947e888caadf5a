'use strict';

const fs = require('fs');
const globParent = require('glob-parent');

for (const glob of fs.readFileSync(process.argv[2], 'utf8').trim().split('\n')) console.log(globParent(glob).length);
