'use strict';

const fs = require('fs');
const lexer = require('pug-lexer');
const parser = require('pug-parser');
const generate = require('pug-code-gen');
const wrap = require('pug-runtime/wrap');

// Makes the function of a page under the name that the page's owner gave it.
const { name, text } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
try {
  const script = generate(parser(lexer('p= self.text')), { self: true, compileDebug: false, templateName: name });
  const page = wrap(script, name);
  console.log(page.name, page({ text }));
} catch (error) {
  console.log(String(error));
}
