'use strict';

const fs = require('fs');
const moment = require('moment');

const text = fs.readFileSync(process.argv[2], 'utf8').trim();
console.log(moment(text, 'MMM YYYY').isValid());
