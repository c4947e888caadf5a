'use strict';

const fs = require('fs');
const { DateTime } = require('luxon');

const mail = fs.readFileSync(process.argv[2], 'utf8');
const date = /^Date: (.*)$/m.exec(mail)[1];
console.log(DateTime.fromRFC2822(date).isValid);
