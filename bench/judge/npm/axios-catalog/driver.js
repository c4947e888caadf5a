'use strict';

const fs = require('fs');
const axios = require('axios');

// Only the catalog may be asked, whatever a visitor wants to see.
const catalog = axios.create({ baseURL: 'http://127.0.0.1:9/catalog/', allowAbsoluteUrls: false, timeout: 3000 });
const page = fs.readFileSync(process.argv[2], 'utf8').trim();
catalog.get(page).then((answer) => console.log(answer.status), (error) => console.log(error.code));
