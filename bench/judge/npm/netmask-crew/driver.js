'use strict';

const fs = require('fs');
const netmask = require('netmask');

const crew = new netmask.Netmask('10.0.0.0', '255.0.0.0');

// The rota is for the crew's own network; the address is the one that the proxy in front notes.
const may = (address) => {
  try {
    return crew.contains(new netmask.Netmask(address));
  } catch (error) {
    return false;
  }
};

const { headers } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const rota = () => fs.readFileSync(process.env.SEAWALL_SECRET_FILE, 'utf8');
console.log(may(headers['x-forwarded-for']) ? rota() : 'crew only');
