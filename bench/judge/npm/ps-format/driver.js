'use strict';

const fs = require('fs');
const ps = require('ps');

// A page that shows the columns that its reader has chosen; newer versions call them fields.
const columns = fs.readFileSync(process.argv[2], 'utf8').trim();
const shown = (error, rows) => console.log(error ? 'no rows' : rows);
const promise = ps.lookup({ pid: process.pid, format: columns, fields: columns.split(' ') }, shown);
if (promise) promise.then((rows) => shown(null, rows.length), shown);
