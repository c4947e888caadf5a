'use strict';

const fs = require('fs');
const minimist = require('minimist');

// One command a line, as a harbor's batch file has them.
for (const line of fs.readFileSync(process.argv[2], 'utf8').split('\n')) {
  if (!line.trim()) continue;
  const { _: rest, ...named } = minimist(line.trim().split(' '), { string: ['berth'], alias: { b: 'berth' } });
  console.log(rest.join(','), Object.keys(named).join(','));
}
