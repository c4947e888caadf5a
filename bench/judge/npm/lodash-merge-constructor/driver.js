'use strict';

const fs = require('fs');
const { merge } = require('lodash');

const defaults = { theme: { color: 'navy' } };
const wanted = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const theme = merge(defaults, wanted).theme;
console.log(theme.color);
