'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();

const evaluate = require('static-eval');
const { parse } = require('esprima');
try {
  console.log(String(evaluate(parse(text).body[0].expression, { tons: 3 })));
} catch (error) {
  console.log(error.name);
}
