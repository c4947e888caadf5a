'use strict';

const fs = require('fs');
const { recursive } = require('merge');

// The plan of the berths, and after it the changes of the day.
const [plan, ...changes] = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const berths = recursive(plan, ...changes);
for (const name of Object.keys(berths)) console.log(name, berths[name].boat);
