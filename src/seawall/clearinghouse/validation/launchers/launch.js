// Runs a driver inside the sandbox and notes, for the harness, what an effect came from. No packages.
//
//   node launch.js [--alone] [--style=jest|mocha] [--listen] /proof/driver.js [/input/input.json]
//
// /report/notes.jsonl gets the properties that prototypes gained, an uncaught error's name, and the frames behind files
// written and programs started. With --alone the driver is the whole attack: what it looks at goes to /report/seen.bin, so
// that the harness can search it for the run's secret, and calls that come out of evaluated code are noted.
'use strict';

const fs = require('fs');
const childProcess = require('child_process');
const Module = require('module');
const net = require('net');
const http = require('http');
const dns = require('dns');
const path = require('path');
const util = require('util');

const options = process.argv.slice(2).filter((word) => word.startsWith('--'));
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const alone = options.includes('--alone');
const style = (options.find((word) => word.startsWith('--style=')) || '').slice(8);
const NOTES = '/report/notes.jsonl';
const SEEN = '/report/seen.bin';
const WIRE = '/report/wire.bin';
const LISTENER_PORT = 8099;
const NOTES_MAX = 200;
const SEEN_MAX = 400000; // characters; what is looked at is the answer, and that is short
const EXIT_EXCEPTION = 66;
const { appendFileSync, existsSync } = fs;
const { spawn } = childProcess;
const ownKeys = Reflect.ownKeys;
const describe = Object.getOwnPropertyDescriptor;
const stringify = JSON.stringify;
const inspect = util.inspect;
const roots = [
  ['', Object.prototype],
  ['Array.prototype.', Array.prototype],
  ['Function.prototype.', Function.prototype],
  ['String.prototype.', String.prototype],
  ['Number.prototype.', Number.prototype],
  ['Object.', Object],
];
const before = roots.map(([, root]) => new Map(ownKeys(root).map((key) => [key, value(root, key)])));
const polluted = new Set();
let count = 0;
let busy = false;
let seenLeft = SEEN_MAX;

function value(root, key) {
  const found = describe(root, key);
  return found && (found.get || found.value);
}

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

// What prototypes have gained so far; noted at once, for a test cleans up after itself.
function look() {
  const fresh = [];
  roots.forEach(([name, root], place) => {
    if (place && !alone) return;
    for (const key of ownKeys(root)) {
      const word = name + String(key);
      const gained = !before[place].has(key) || (alone && before[place].get(key) !== value(root, key));
      if (gained && polluted.size < 50 && !polluted.has(word)) {
        polluted.add(word);
        fresh.push(word);
      }
    }
  });
  if (fresh.length) note({ kind: 'polluted', keys: fresh });
}

// Only the harness knows the secret, so everything that is looked at is kept, up to a limit; what came over a wire apart.
function saw(thing, wire) {
  if (!alone || seenLeft <= 0 || busy || thing === undefined || thing === null) return;
  let text;
  busy = true;
  try {
    if (typeof thing === 'string') text = thing;
    else if (Buffer.isBuffer(thing) || thing instanceof Uint8Array) text = Buffer.from(thing).toString('latin1');
    else if (typeof thing === 'object') text = inspect(thing, { depth: 3, maxStringLength: 100000, customInspect: false, getters: false });
    if (text) {
      text = text.slice(0, seenLeft);
      seenLeft -= text.length;
      appendFileSync(wire === true ? WIRE : SEEN, text + '\n');
    }
  } catch (error) {
    // a proxy or a getter that throws has nothing to show
  } finally {
    busy = false;
  }
  if (thing === process || thing === globalThis || thing === Function) {
    note({ kind: 'evaluated', call: 'nothing, but handed out what only code can reach', frames: [] });
  }
}

function frames(error) {
  const found = [];
  for (const line of String(error && error.stack).split('\n').slice(1)) {
    const match = /^\s*at (?:async )?(?:(.+?) \()?(.+?):\d+:\d+\)?$/.exec(line);
    if (match && !match[2].startsWith('/seawall/') && !match[2].startsWith('node:')) {
      found.push([match[2], (match[1] || 'anonymous').replace(/^(new |Object\.|Function\.)/, '')]);
    }
  }
  return found.slice(0, 40);
}

function trace() {
  const limit = Error.stackTraceLimit;
  const prepare = Error.prepareStackTrace;
  Error.stackTraceLimit = 60;
  Error.prepareStackTrace = undefined;
  const error = new Error();
  const stack = error.stack;
  Error.stackTraceLimit = limit;
  Error.prepareStackTrace = prepare;
  return { stack };
}

const EVALUATED = /\beval at .*\/node_modules\/|\bevalmachine\.<anonymous>|\(vm\.js:\d+:\d+\)/;

// Is the code that calls this text that a package evaluated? `near` asks for the immediate caller only.
function evaluated(call, near) {
  if (!alone || busy) return;
  const error = trace();
  const lines = String(error.stack).split('\n').slice(1).filter((line) => !/\/seawall\/|node:internal|\(node:/.test(line));
  const looked = near ? lines.slice(0, 1) : lines;
  if (looked.some((line) => EVALUATED.test(line))) note({ kind: 'evaluated', call, frames: frames(error) });
}

function watch(holder, name) {
  const original = holder[name];
  holder[name] = function (...args) {
    if (!busy) {
      note({ kind: 'effect', event: name, detail: String(args[0]).slice(0, 300), frames: frames(trace()) });
      evaluated(name, true);
    }
    const result = original.apply(this, args);
    if (name.endsWith('Sync')) saw(result && result.stdout ? result.stdout : result, true);
    return result;
  };
  // exec and execFile know how to be made a promise
  for (const symbol of Object.getOwnPropertySymbols(original)) holder[name][symbol] = original[symbol];
}

for (const name of ['writeFileSync', 'writeFile', 'appendFile', 'appendFileSync', 'createWriteStream']) {
  watch(fs, name);
}
for (const name of ['exec', 'execSync', 'execFile', 'execFileSync', 'spawn', 'spawnSync', 'fork']) {
  watch(childProcess, name);
}

function watchWhatIsLookedAt() {
  for (const holder of [net.Socket.prototype, http.IncomingMessage.prototype]) {
    const push = holder.push;
    holder.push = function (chunk, ...more) {
      saw(chunk, true);
      return push.call(this, chunk, ...more);
    };
  }
  for (const name of ['log', 'error', 'warn', 'info', 'debug', 'dir']) {
    const original = console[name];
    console[name] = function (...args) {
      look();
      evaluated(`console.${name}`, true);
      return original.apply(this, args);
    };
  }
  // A script that reads the secret itself, to compare, has it without the package: then only a wire can show more.
  for (const [holder, name] of [[fs, 'readFileSync'], [fs, 'readFile'], [fs, 'createReadStream'], [fs.promises, 'readFile']]) {
    const original = holder[name];
    holder[name] = function (...args) {
      if (!busy) {
        const caller = frames(trace())[0];
        const own = caller && caller[0].startsWith(folder) && !path.resolve(String(args[0])).startsWith(folder);
        if (own) note({ kind: 'own-read' });
      }
      return original.apply(this, args);
    };
  }
  const fetchIt = globalThis.fetch;
  globalThis.fetch = async function (...args) {
    const response = await fetchIt.apply(this, args);
    response.clone().text().then((text) => saw(text, true), () => {});
    return response;
  };
  setInterval(look, 200).unref();
}

// A function that the script puts on the global object is there for the evaluated code to call.
function watchGlobals(source) {
  for (const [, name] of source.matchAll(/\b(?:global|globalThis|window|this)\.([A-Za-z_$][\w$]*)\s*=[^=]/g)) {
    if (name in globalThis) continue;
    let kept;
    Object.defineProperty(globalThis, name, {
      configurable: true,
      get: () => kept,
      set(given) {
        kept = given;
        evaluated(`the setting of ${name}`, false);
        if (typeof given !== 'function') return;
        kept = function (...args) {
          evaluated(name, false);
          return new.target ? Reflect.construct(given, args, new.target) : given.apply(this, args);
        };
      },
    });
  }
}

// Every name and address beyond this machine is the harness's listener.
function listen() {
  spawn(process.execPath, ['/seawall/listen.js'], { stdio: 'ignore' }).unref();
  const end = Date.now() + 5000;
  while (!existsSync('/report/listening') && Date.now() < end) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  const here = /^(localhost|127\.|::1$|0\.0\.0\.0$|\[::1\]$)/;
  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...args) {
    const given = Array.isArray(args[0]) ? args[0][0] : args[0];
    if (given && typeof given === 'object' && given.host && !here.test(given.host)) {
      note({ kind: 'effect', event: 'connect', detail: `${given.host}:${given.port}`, frames: frames(trace()) });
      Object.assign(given, { host: '127.0.0.1', port: LISTENER_PORT, lookup: undefined });
    }
    return connect.apply(this, args);
  };
  const lookup = dns.lookup;
  dns.lookup = function (name, given, done) {
    const answer = typeof given === 'function' ? given : done;
    if (here.test(name)) return lookup.call(this, name, given, done);
    const all = typeof given === 'object' && given && given.all;
    return process.nextTick(() => (all ? answer(null, [{ address: '127.0.0.1', family: 4 }]) : answer(null, '127.0.0.1', 4)));
  };
}

process.on('exit', look);
process.on('uncaughtException', (error) => {
  if (style) {
    // A test that fails late does not end the others.
    process.stderr.write('uncaught: ' + String((error && error.message) || error).slice(0, 300) + '\n');
    return;
  }
  note({ kind: 'exception', names: [String(error && error.name)], frames: frames(error) });
  process.stderr.write(String(error && error.message).slice(0, 300) + '\n');
  process.exit(EXIT_EXCEPTION);
});

const driver = words[0];
const folder = process.cwd() + '/'; // where the harness starts a driver that is alone: its own folder
process.argv.splice(1, process.argv.length - 1, ...words);
if (options.includes('--listen')) listen();
if (alone) {
  watchWhatIsLookedAt();
  watchGlobals(fs.readFileSync(driver, 'utf8'));
}
const load = async () => {
  if (driver.endsWith('.mjs')) return import(driver);
  try {
    return Module._load(driver, null, true);
  } catch (error) {
    const module = error && (error.code === 'ERR_REQUIRE_ESM' || error.code === 'ERR_REQUIRE_ASYNC_MODULE' || /import statement outside|Unexpected token 'export'/.test(error.message));
    if (!module) throw error;
    return import(driver);
  }
};
if (style) {
  require('./tests.js').run({ load, driver, look, saw, evaluated });
} else if (alone && driver.endsWith('.mjs')) {
  load();
} else {
  Module._load(driver, null, true);
}
