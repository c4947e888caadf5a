'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').replace(/\n$/, '');


const { Cookie } = require('tough-cookie');
console.log(String(Cookie.parse(text)).length);
