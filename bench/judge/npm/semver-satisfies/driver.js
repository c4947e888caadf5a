'use strict';

const fs = require('fs');
const semver = require('semver');

// Lines of what a package needs: name, then the range of versions.
const have = { pump: '1.2.3', valve: '2.0.0-beta.1', gate: '0.9.4' };
for (const line of fs.readFileSync(process.argv[2], 'utf8').split('\n')) {
  const cut = line.indexOf(':');
  if (cut > 0) console.log(line.slice(0, cut), semver.satisfies(have[line.slice(0, cut)], line.slice(cut + 1)));
}
