'use strict';

const fs = require('fs');
const { JSONPath } = require('jsonpath-plus');

const search = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const chart = [{ kind: 'buoy', depth: 4 }, { kind: 'light', depth: 11 }, { kind: 'buoy', depth: 20 }];
for (const expr of search.paths) {
  const found = new JSONPath({ path: expr, json: chart, wrap: true, autostart: false, ignoreEvalErrors: true }).evaluate();
  console.log(found.length);
}
