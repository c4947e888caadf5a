'use strict';

const fs = require('fs');
const { Netmask } = require('netmask');

const closed = [new Netmask('127.0.0.0/8'), new Netmask('10.0.0.0/8')];
const asked = fs.readFileSync(process.argv[2], 'utf8').trim();

let refused = true;
try {
  refused = closed.some((block) => block.contains(asked));
} catch (error) {
  console.log(error.message);
}
if (refused) {
  console.log('not for guests');
} else {
  // What a browser would connect to.
  const { hostname } = new URL('http://' + asked + '/');
  console.log(hostname === '10.0.4.1' ? fs.readFileSync(process.env.SEAWALL_SECRET_FILE, 'utf8') : 'nothing at ' + hostname);
}
