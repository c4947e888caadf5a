'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();

const growl = require('growl');
growl('High water', { title: text, exec: 'echo %s' }, () => console.log('done'));
