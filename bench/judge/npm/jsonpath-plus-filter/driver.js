'use strict';

const fs = require('fs');
const { JSONPath } = require('jsonpath-plus');

const json = { boats: [{ name: 'gull', berth: 3 }, { name: 'tern', berth: 9 }] };
for (const path of fs.readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  try {
    console.log(JSON.stringify(JSONPath({ path, json })));
  } catch (error) {
    console.log(error.message);
  }
}
