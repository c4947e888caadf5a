'use strict';

const fs = require('fs');
const Hoek = require('hoek');

const stored = { port: 80, log: { level: 'info', files: ['a.log'] } };
const sent = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
Hoek.merge(stored, sent);
console.log(JSON.stringify(stored));
