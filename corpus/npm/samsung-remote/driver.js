'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();


const Remote = require('samsung-remote');
new Remote({ ip: text, timeout: 100 }).isAlive(() => { console.log('asked'); process.exit(0); });
