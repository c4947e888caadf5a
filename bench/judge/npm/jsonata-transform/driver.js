'use strict';

const fs = require('fs');
const jsonata = require('jsonata');

const fleet = { boats: [{ name: 'gull', crew: 3 }, { name: 'tern', crew: 1 }] };
for (const line of fs.readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  try {
    console.log(JSON.stringify(jsonata(line).evaluate(fleet)));
  } catch (error) {
    console.log(error.code);
  }
}
