'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();

const { Minimatch } = require('minimatch');
const rule = new Minimatch(text, { nobrace: true });
console.log(['pier', 'quay'].filter((name) => rule.match(name)).length);
