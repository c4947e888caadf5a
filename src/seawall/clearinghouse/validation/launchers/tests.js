// The words that test files expect of Jest and of Mocha, so that somebody else's test is a proof as it stands. No packages.
//
// What a test asserts decides nothing: an assertion that fails ends its test, as its author meant it to, and that is all.
// A matcher that is not known here passes. Decision 0110 says why this is not Jest itself.
'use strict';

const Module = require('module');
const util = require('util');
const { expect, setHarness } = require('./expect.js');
const mocks = require('./mocks.js');

const TIMEOUT_MS = 5000;
let harness;
let timeout = TIMEOUT_MS;
let current;

function suite(name, parent) {
  return { name, parent, tests: [], before: [], after: [], beforeEach: [], afterEach: [] };
}

const root = suite('', null);
current = root;

function title(name, row) {
  return typeof name === 'string' ? util.format(name, ...[].concat(row)) : String(name);
}

function each(define) {
  return (table, ...values) => (name, fn, ms) => {
    let rows = table;
    if (table && table.raw) {
      const keys = table[0].split('|').map((key) => key.trim());
      rows = [];
      for (let place = 0; place < values.length; place += keys.length) {
        rows.push(Object.fromEntries(keys.map((key, column) => [key, values[place + column]])));
      }
    }
    for (const row of rows) define(title(name, row), () => fn(...(Array.isArray(row) ? row : [row])), ms);
  };
}

function describe(name, fn) {
  const inner = suite(String(name), current);
  current.tests.push(inner);
  const outer = current;
  current = inner;
  try {
    fn.call(context());
  } finally {
    current = outer;
  }
}

function test(name, fn, ms) {
  if (typeof fn !== 'function') [fn, ms] = [ms, fn]; // node:test's and vitest's options come second
  if (typeof fn === 'function') current.tests.push({ name: String(name), fn, ms: typeof ms === 'number' ? ms : 0 });
}

const skip = () => {};
for (const define of [describe, test]) {
  define.each = each(define);
  define.only = define;
  define.concurrent = define;
  define.skip = skip;
  define.todo = skip;
  define.failing = define;
  skip.each = () => skip;
}

function hook(kind) {
  return (first, second) => current[kind].push(typeof first === 'function' ? first : second);
}

// Mocha's `this`, as far as tests use it.
function context() {
  return { timeout: (ms) => { if (ms) timeout = Math.max(timeout, ms); return context(); }, slow: skip, retries: skip, skip() { throw new Error('skipped'); } };
}

function call(fn, ms) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not done within ${ms} ms`)), ms);
    const end = (error) => {
      clearTimeout(timer);
      if (error) reject(error instanceof Error ? error : new Error(String(error)));
      else resolve();
    };
    end.fail = (error) => end(error || new Error('failed'));
    try {
      const result = fn.length ? fn.call(context(), end) : fn.call(context());
      if (result && typeof result.then === 'function') result.then(() => end(), end);
      else if (!fn.length) end();
    } catch (error) {
      end(error);
    }
  });
}

async function attempt(name, fn, ms) {
  try {
    await call(fn, ms || timeout);
    return true;
  } catch (error) {
    // An assertion's text may hold what the script itself has read.
    const quiet = error && error.name === 'AssertionError';
    process.stderr.write(`  failed: ${name}: ${String((!quiet && error && error.message) || (error && error.name) || error).slice(0, 300)}\n`);
    return false;
  } finally {
    harness.look();
  }
}

function chain(of, kind) {
  const found = [];
  for (let at = of; at; at = at.parent) kind === 'beforeEach' ? found.unshift(...at[kind]) : found.push(...at[kind]);
  return found;
}

async function runSuite(of) {
  let good = true;
  for (const fn of of.before) good = (await attempt(`${of.name} before all`, fn)) && good;
  for (const entry of of.tests) {
    if (entry.tests) {
      good = (await runSuite(entry)) && good;
      continue;
    }
    for (const fn of chain(of, 'beforeEach')) await attempt(`${entry.name} before each`, fn);
    const passed = await attempt(entry.name, entry.fn, entry.ms);
    process.stdout.write(`  ${passed ? 'passed' : 'failed'}: ${entry.name}\n`);
    good = passed && good;
    for (const fn of chain(of, 'afterEach')) await attempt(`${entry.name} after each`, fn);
  }
  for (const fn of of.after) good = (await attempt(`${of.name} after all`, fn)) && good;
  return good;
}

const jest = {
  ...mocks.api,
  setTimeout(ms) { timeout = ms; return jest; },
  retryTimes: () => jest,
  useFakeTimers: () => jest,
  useRealTimers: () => jest,
  advanceTimersByTime: skip,
  runAllTimers: skip,
  runOnlyPendingTimers: skip,
  clearAllTimers: skip,
  resetModules() { for (const key of Object.keys(require.cache)) if (!key.startsWith('/seawall/')) delete require.cache[key]; return jest; },
  isolateModules(fn) { jest.resetModules(); fn(); },
  requireActual: (name) => Module.createRequire(harness.driver)(name),
  mock(name, factory) { if (factory) replaced.set(name, factory()); return jest; },
  doMock: (name, factory) => jest.mock(name, factory),
  unmock(name) { replaced.delete(name); return jest; },
  dontMock: (name) => jest.unmock(name),
};
const replaced = new Map();
const words = {
  describe, test, it: test, expect, jest, xit: skip, xtest: skip, xdescribe: skip, fit: test, fdescribe: describe,
  context: describe, specify: test, suite: describe,
  beforeAll: hook('before'), before: hook('before'), suiteSetup: hook('before'),
  afterAll: hook('after'), after: hook('after'), suiteTeardown: hook('after'),
  beforeEach: hook('beforeEach'), setup: hook('beforeEach'), afterEach: hook('afterEach'), teardown: hook('afterEach'),
  vi: jest,
};

// A browser's globals, where the bundle requires jsdom.
function browse(driver) {
  try {
    const { JSDOM } = Module.createRequire(driver)('jsdom');
    const { window } = new JSDOM('<!DOCTYPE html><html><body></body></html>', { url: 'http://localhost/', pretendToBeVisual: true });
    for (const name of ['document', 'navigator', 'HTMLElement', 'Element', 'Node', 'Event', 'DOMParser', 'location']) {
      Object.defineProperty(globalThis, name, { configurable: true, writable: true, value: window[name] });
    }
    globalThis.window = window;
  } catch (error) {
    process.stderr.write('jsdom is not in target.requires\n');
  }
}

exports.run = async (given) => {
  harness = given;
  setHarness(given);
  mocks.setHarness(given);
  Object.assign(globalThis, words);
  const load = Module._load;
  Module._load = function (name, ...more) {
    if (replaced.has(name)) return replaced.get(name);
    if (name === '@jest/globals' || name === 'vitest' || name === 'mocha') return words;
    return load.call(this, name, ...more);
  };
  if (/@jest-environment\s+jsdom/.test(require('fs').readFileSync(given.driver, 'utf8'))) browse(given.driver);
  let good = false;
  try {
    await given.load();
    good = await runSuite(root);
  } catch (error) {
    process.stderr.write(`  the file itself failed: ${String((error && error.stack) || error).slice(0, 600)}\n`);
  }
  // Answers that are on their way, and effects of programs that were started, still come.
  setTimeout(() => process.exit(good ? 0 : 1), 300);
};
