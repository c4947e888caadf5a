'use strict';

const fs = require('fs');
const moment = require('moment');

const header = fs.readFileSync(process.argv[2], 'utf8').trim();
console.log(moment(header, moment.RFC_2822, true).isValid());
