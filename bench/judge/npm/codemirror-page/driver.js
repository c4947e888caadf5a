'use strict';

const fs = require('fs');
const runmode = require('codemirror/addon/runmode/runmode.node.js');
require('codemirror/mode/htmlmixed/htmlmixed.js');

const page = fs.readFileSync(process.argv[2], 'utf8');
const counts = {};
runmode.runMode(page, 'text/html', (token, style) => { counts[style] = (counts[style] || 0) + token.length; });
console.log(Object.keys(counts).length);
