'use strict';

const fs = require('fs');
const ejs = require('ejs');

// What a page server does: the query of a request is given to the view as it stands.
const query = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
fs.writeFileSync('/tmp/berth.ejs', '<p>Berth of <%= ship %></p>');
ejs.renderFile('/tmp/berth.ejs', query, (error, page) => console.log(error ? error.message : page));
