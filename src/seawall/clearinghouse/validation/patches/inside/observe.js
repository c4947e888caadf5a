// Stands in for a driver and runs it, noting what the package gives back to it. No packages.
//
// Every call from the driver into the package is one line in /report/observed: its name, its arguments as they are after it, and
// what came back; so are calls of the driver's callbacks. What the package is called, SEAWALL_OBSERVED says.
'use strict';

const Module = require('module');
const path = require('path');
const util = require('util');
const { appendFileSync } = require('fs');

const DRIVER = path.join(__dirname, 'seawall-observed.js');
const NAME = process.env.SEAWALL_OBSERVED;
const LINE_MAX = 4000;
const wrapped = new WeakMap();
const originals = new WeakMap();
let left = 400000; // characters that may still be written
let busy = false;

function shown(value) {
  try {
    return util.inspect(value, {
      depth: 4, breakLength: Infinity, maxArrayLength: 50, maxStringLength: 2000, sorted: true, getters: false, customInspect: false, showProxy: false,
    });
  } catch (error) {
    return typeof value;
  }
}

function say(text) {
  if (busy || left <= 0) return;
  busy = true;
  try {
    const line = text.slice(0, LINE_MAX);
    left -= line.length;
    appendFileSync('/report/observed', line.replace(/\n/g, ' ') + '\n');
  } finally {
    busy = false;
  }
}

function told(name, args, result) {
  say(`${name}(${args.map(shown).join(', ')}) -> ${result instanceof RegExp ? 'an expression' : shown(result)}`);
  if (result instanceof Promise) result.then((value) => say(`${name} later -> ${shown(value)}`), (error) => say(`${name} failed: ${error && error.name}`));
}

// What an expression is made of may change; what it finds may not.
function expression(given, name) {
  const { exec } = RegExp.prototype;
  const value = new RegExp(given); // the package's own stays as it is
  Object.defineProperty(value, 'exec', { value(text) {
    const found = exec.call(this, text);
    say(`${name} finds in ${shown(text)}: ${found === null ? 'nothing' : shown(Array.from(found))}`);
    return found;
  } });
  wrapped.set(given, value); // the same one each time: it knows where its last find ended
  originals.set(value, given);
  return value;
}

function callback(name, value) {
  if (typeof value !== 'function') return value;
  return new Proxy(value, {
    apply(target, self, args) {
      say(`${name} calls back with ${args.map(shown).join(', ')}`);
      return Reflect.apply(target, self, args);
    },
  });
}

function wrap(value, name, depth) {
  if ((typeof value !== 'function' && typeof value !== 'object') || value === null || depth > 3) return value;
  if (wrapped.has(value)) return wrapped.get(value);
  if (value instanceof RegExp) return expression(value, name);
  const proxy = new Proxy(value, {
    apply(target, self, args) {
      const given = args.map((one) => callback(name, originals.get(one) || one));
      const result = Reflect.apply(target, originals.get(self) || self, given);
      told(name, args, result);
      return result instanceof RegExp ? wrap(result, name, depth) : result;
    },
    construct(target, args, made) {
      const result = Reflect.construct(target, args, made === proxy ? target : made);
      told(`new ${name}`, args, result);
      return made === proxy ? wrap(result, `${name}#`, depth + 1) : result;
    },
    get(target, key) {
      const found = Reflect.get(target, key);
      const described = Reflect.getOwnPropertyDescriptor(target, key);
      const fixed = described && !described.configurable && !described.writable;
      const plain = typeof found !== 'function' || typeof key !== 'string' || key === 'prototype' || key === 'constructor';
      return fixed || plain ? found : wrap(found, `${name}.${key}`, depth + 1);
    },
  });
  wrapped.set(value, proxy);
  originals.set(proxy, value);
  return proxy;
}

const load = Module._load;
Module._load = function (request, parent, ...more) {
  const found = load.call(this, request, parent, ...more);
  const asked = parent && parent.filename === DRIVER && (request === NAME || request.startsWith(`${NAME}/`));
  return asked ? wrap(found, request, 0) : found;
};
delete process.env.SEAWALL_OBSERVED;
process.argv[1] = DRIVER;
load(DRIVER, null, true);
