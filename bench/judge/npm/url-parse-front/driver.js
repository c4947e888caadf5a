'use strict';

const fs = require('fs');
const Url = require('url-parse');

// A preview of links: those to the own network are refused, whatever else is fetched.
const own = (link) => /(^|\.)intern\.example$/.test(new Url(link, {}).host);
const fetchPage = (link) => {
  const { hostname } = new URL(link);
  return hostname === 'logbook.intern.example' ? fs.readFileSync(process.env.SEAWALL_SECRET_FILE, 'utf8') : 'a page of ' + hostname;
};

for (const link of JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))) {
  console.log(own(link) ? 'refused' : fetchPage(link));
}
