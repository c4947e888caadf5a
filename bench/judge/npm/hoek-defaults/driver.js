'use strict';

const fs = require('fs');
const { applyToDefaults } = require('hoek');

const defaults = { timeout: 30, retry: { times: 2, wait: 5 }, hosts: ['buoy'] };
for (const line of fs.readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  const settings = applyToDefaults(defaults, JSON.parse(line));
  console.log(settings && settings.timeout, settings && settings.retry.times);
}
