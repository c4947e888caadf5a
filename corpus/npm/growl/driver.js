'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


const growl = require('growl');
growl(text, { exec: 'echo %s' }, () => console.log('shown'));
