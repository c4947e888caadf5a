'use strict';

const fs = require('fs');
const value = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));


const merge = require('plain-object-merge');
(merge.default || merge.merge || merge)([{}, value]);
