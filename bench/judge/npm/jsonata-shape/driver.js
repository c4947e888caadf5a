'use strict';

const fs = require('fs');
const jsonata = require('jsonata');

const { rule, readings } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

(async () => {
  const shape = jsonata(rule);
  for (const reading of readings) console.log(JSON.stringify(await shape.evaluate(reading)));
})().catch((error) => console.log(error.code || error.message));
