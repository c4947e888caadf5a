'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


const evaluate = require('static-eval');
const { parse } = require('esprima');
try {
  console.log(evaluate(parse(text).body[0].expression, {}));
} catch (error) {
  console.log(error.message);
}
