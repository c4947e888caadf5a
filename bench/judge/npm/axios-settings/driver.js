'use strict';

const fs = require('fs');
const axios = require('axios');

// An address of one's own may be given in the settings.
const settings = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const client = axios.create(settings);
console.log(client.getUri({ url: '/tides' }));
