'use strict';

const { readFileSync } = require('fs');
const extend = require('node.extend');

const standard = { language: 'en', alerts: { mail: true, gale: 8 } };
const own = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const profile = extend(true, {}, standard, own);
console.log(profile.language, profile.alerts);
