'use strict';

const fs = require('fs');
const simpleGit = require('simple-git');

const { remote, branch } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
fs.mkdirSync('/tmp/charts');
const git = simpleGit('/tmp/charts');

(async () => {
  await git.init();
  try {
    const { branches } = await git.fetch(remote, branch);
    console.log('fetched', branches.length);
  } catch (error) {
    console.log('not fetched');
  }
})();
