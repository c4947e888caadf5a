'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();

require('macaddress').one(text, (error) => console.log(error ? 'no such interface' : 'found'));
