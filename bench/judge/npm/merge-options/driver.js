'use strict';

const fs = require('fs');
const merge = require('merge');

const asked = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const options = merge.recursive({ port: 8080, log: { level: 'info' } }, asked);
console.log(options.port, options.log.level);
