'use strict';

const fs = require('fs');
const moment = require('moment');

moment.suppressDeprecationWarnings = true;
const { arrival } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const when = moment.utc(arrival);
console.log(when.isValid() ? when.year() : 'unknown');
