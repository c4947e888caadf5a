'use strict';

const fs = require('fs');
const cachedRelative = require('cached-path-relative');

// Builds every package of a workspace in its own folder and names its files from there.
const jobs = fs.readFileSync(process.argv[2], 'utf8').trim().split('\n');
jobs.forEach((job, number) => {
  const [from, to] = job.split(' ');
  fs.mkdirSync(`/tmp/package-${number}`);
  process.chdir(`/tmp/package-${number}`);
  console.log(cachedRelative(from, to));
});
