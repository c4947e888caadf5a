'use strict';

const fs = require('fs');
const value = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));


require('algoliasearch-helper/src/functions/merge')({}, value);
