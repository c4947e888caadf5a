'use strict';

const fs = require('fs');
const _ = require('underscore');

const site = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
Object.assign(_.templateSettings, { variable: site.templates.variable, interpolate: /\{\{(.+?)\}\}/g });
try {
  const letter = _.template('Dear {{ arguments[0].name }}, berth {{ arguments[0].berth }} is yours.');
  for (const guest of site.guests) console.log(letter(guest));
} catch (error) {
  console.log(error.message.length);
}
