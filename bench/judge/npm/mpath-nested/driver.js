'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();

const mpath = require('mpath');
const fleet = { ships: { tern: 1 } };
mpath.set(text, 'seen', fleet);
console.log(JSON.stringify(fleet));
