'use strict';

const fs = require('fs');
const luxon = require('luxon');

for (const { at, entry } of JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))) {
  const when = luxon.DateTime.fromRFC2822(at, { zone: 'utc' });
  console.log(when.isValid ? when.toISODate() : when.invalidReason, entry);
}
