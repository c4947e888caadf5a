'use strict';

const fs = require('fs');
const y18n = require('y18n');

// A web page in the visitor's language, whose words are collected as they come.
const visit = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const i18n = y18n({ directory: '/tmp', locale: visit.language, updateFiles: true });
console.log(i18n.__(visit.search));
