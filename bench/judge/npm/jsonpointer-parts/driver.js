'use strict';

const fs = require('fs');
const jsonpointer = require('jsonpointer');

const forms = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const answers = { page: { one: 1 } };
for (const { field, answer } of forms) {
  try {
    jsonpointer.set(answers, field, answer);
  } catch (error) {
    console.log(error.message);
  }
}
console.log(JSON.stringify(answers));
