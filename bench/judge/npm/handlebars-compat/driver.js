'use strict';

const fs = require('fs');
const { create } = require('handlebars');

const engine = create();
engine.registerHelper('upper', (word) => String(word).toUpperCase());
const { templates, data } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
for (const text of templates) console.log(engine.compile(text, { compat: true })(data));
