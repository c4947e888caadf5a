'use strict';

const fs = require('fs');
const _ = require('lodash');

const changes = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
console.log(Object.keys(_.merge({ port: 80 }, changes)).length);
