'use strict';

const fs = require('fs');
const _ = require('underscore');

for (const variable of fs.readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  try {
    const page = _.template('<h1>Tides</h1><% for (let i = 1; i < 4; i++) { %><li><%- i %></li><% } %>', { variable });
    console.log(page());
  } catch (error) {
    console.log(error.constructor.name);
  }
}
