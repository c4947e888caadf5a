// A settings check: reads one YAML file and lists its sections.
'use strict';

const fs = require('fs');
const yaml = require('js-yaml');

const settings = yaml.load(fs.readFileSync(process.argv[2], 'utf8'));
for (const section of Object.keys(settings)) {
  console.log('section', section);
}
