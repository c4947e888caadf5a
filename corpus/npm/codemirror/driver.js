'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').replace(/\n$/, '');


const runmode = require('codemirror/addon/runmode/runmode.node.js');
require('codemirror/mode/javascript/javascript.js');
runmode.runMode(text, 'javascript', () => {});
console.log('colored');
