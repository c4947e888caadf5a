'use strict';

const fs = require('fs');
const text = fs.readFileSync(process.argv[2], 'utf8').trim();

const { CookieJar } = require('tough-cookie');
const jar = new CookieJar();
try {
  jar.setCookieSync(text, 'https://harbor.example/');
} catch (error) {
  console.log(error.name);
}
console.log(jar.getCookiesSync('https://harbor.example/').length);
