'use strict';

const fs = require('fs');
const { util } = require('protobufjs');

const options = { java: { package: 'org.example' } };
for (const line of fs.readFileSync(process.argv[2], 'utf8').split('\n')) {
  if (!line) continue;
  const [path, value] = line.split(': ');
  try {
    util.setProperty(options, path, value);
  } catch (error) {
    console.log(path, error.name);
  }
}
console.log(JSON.stringify(options));
