'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


const getProcessForPort = require('react-dev-utils/getProcessForPort');
console.log(getProcessForPort(text));
