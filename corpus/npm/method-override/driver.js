'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').replace(/\n$/, '');


const override = require('method-override')();
const request = { method: 'POST', headers: { 'x-http-method-override': text } };
override(request, { setHeader() {}, getHeader() {} }, () => console.log(request.method));
