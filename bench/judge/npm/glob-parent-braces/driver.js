'use strict';

const fs = require('fs');
const globParent = require('glob-parent');

const { watch } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const folders = new Set(watch.map((pattern) => globParent(pattern, { flipBackslashes: false })));
console.log(folders.size);
