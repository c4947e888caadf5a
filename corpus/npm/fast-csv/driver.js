'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').replace(/\n$/, '');


const { parseString } = require('fast-csv');
parseString(text, { ignoreEmpty: true, headers: false }).on('data', () => {}).on('error', () => console.log('error')).on('end', () => console.log('done'));
