'use strict';

const fs = require('fs');
const defaultsDeep = require('lodash/defaultsDeep');

const request = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
console.log(Object.keys(defaultsDeep({ retries: 3 }, request, { timeout: { connect: 5 } })).sort().join());
