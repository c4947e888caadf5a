'use strict';

const fs = require('fs');
const parser = require('yargs-parser');

// A tool that takes defaults from a file of settings, and words from the command line before them.
const settings = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const options = parser(['--dock', '3'], { configObjects: [settings], number: ['dock'], array: ['boat'] });
console.log(options.dock, Object.keys(options).length);
