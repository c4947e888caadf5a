'use strict';

const fs = require('fs');
const convict = require('convict');

const config = convict({
  harbor: { name: { format: String, default: 'west' }, berths: { format: 'nat', default: 4 } },
  debug: { format: Boolean, default: false },
});
const answers = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
for (const [key, value] of answers) config.set(key, value);
console.log(config.toString());
