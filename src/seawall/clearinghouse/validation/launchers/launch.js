// Runs a driver inside the sandbox and notes, for the harness, what an effect came from. No packages.
//
//   node launch.js /proof/driver.js /input/input.json
//
// /report/notes.jsonl gets the properties that Object.prototype gained, an uncaught error's name, and the frames behind
// files written and programs started.
'use strict';

const fs = require('fs');
const childProcess = require('child_process');

const NOTES = '/report/notes.jsonl';
const NOTES_MAX = 200;
const EXIT_EXCEPTION = 66;
const appendFileSync = fs.appendFileSync;
const ownKeys = Reflect.ownKeys;
const stringify = JSON.stringify;
const before = new Set(ownKeys(Object.prototype));
const root = Object.prototype;
let count = 0;
let busy = false;

function note(entry) {
  if (busy || count >= NOTES_MAX) return;
  busy = true;
  count += 1;
  try {
    appendFileSync(NOTES, stringify(entry) + '\n');
  } finally {
    busy = false;
  }
}

function frames(error) {
  const found = [];
  for (const line of String(error && error.stack).split('\n').slice(1)) {
    const match = /^\s*at (?:async )?(?:(.+?) \()?(.+?):\d+:\d+\)?$/.exec(line);
    if (match && match[2] !== __filename && !match[2].startsWith('node:')) {
      found.push([match[2], (match[1] || 'anonymous').replace(/^(new |Object\.|Function\.)/, '')]);
    }
  }
  return found.slice(0, 40);
}

function watch(holder, name) {
  const original = holder[name];
  holder[name] = function (...args) {
    if (!busy) {
      const limit = Error.stackTraceLimit;
      Error.stackTraceLimit = 60;
      note({ kind: 'effect', event: name, detail: String(args[0]).slice(0, 300), frames: frames(new Error()) });
      Error.stackTraceLimit = limit;
    }
    return original.apply(this, args);
  };
}

for (const name of ['writeFileSync', 'writeFile', 'appendFile', 'appendFileSync', 'openSync', 'open', 'createWriteStream']) {
  if (name !== 'openSync' && name !== 'open') watch(fs, name);
}
for (const name of ['exec', 'execSync', 'execFile', 'execFileSync', 'spawn', 'spawnSync', 'fork']) {
  watch(childProcess, name);
}

process.on('exit', () => {
  const gained = ownKeys(root).filter((key) => !before.has(key)).map(String);
  if (gained.length) note({ kind: 'polluted', keys: gained.slice(0, 50) });
});
process.on('uncaughtException', (error) => {
  note({ kind: 'exception', names: [String(error && error.name)], frames: frames(error) });
  process.stderr.write(String(error && error.message).slice(0, 300) + '\n');
  process.exit(EXIT_EXCEPTION);
});

process.argv.splice(1, 1);
require(process.argv[1]);
