'use strict';

const fs = require('fs');
const Handlebars = require('handlebars');

const text = fs.readFileSync(process.argv[2], 'utf8');
const page = Handlebars.compile(text, { strict: true });
try {
  console.log(page({ harbor: { name: 'Skagen', open: true }, boats: ['gull', 'tern'] }));
} catch (error) {
  console.log(error.message);
}
