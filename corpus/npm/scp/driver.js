'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


require('scp').send({ file: text, user: 'crew', host: '127.0.0.1', path: '/tmp' }, () => console.log('sent'));
