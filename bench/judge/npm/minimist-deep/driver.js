'use strict';

const fs = require('fs');
const minimist = require('minimist');

const request = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
for (const args of request.runs) {
  const settings = minimist(args, { default: { level: 'info' }, boolean: ['dry'] });
  console.log(settings.level, settings.dry, settings._.length);
}
