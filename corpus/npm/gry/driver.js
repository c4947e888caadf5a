'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


const Gry = require('gry');
new Gry('/tmp').pull(text, () => console.log('pulled'));
