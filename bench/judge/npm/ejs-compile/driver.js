'use strict';

const fs = require('fs');
const { compile } = require('ejs');

const given = fs.readFileSync(process.argv[2], 'utf8').trim();
try {
  const letter = compile('Dear <%= name %>,', { client: true, outputFunctionName: given });
  console.log(letter({ name: 'harbor master' }));
} catch (error) {
  console.log(error.constructor.name);
}
