// `expect`, as far as tests of flaws use it. What it is given is shown to the harness; what it finds decides nothing.
'use strict';

const util = require('util');

let harness = { look() {}, saw() {} };
exports.setHarness = (given) => { harness = given; };

class Asymmetric {
  constructor(matches) { this.matches = matches; }
}

function equal(given, wanted) {
  if (wanted instanceof Asymmetric) return wanted.matches(given);
  if (wanted && typeof wanted === 'object' && given && typeof given === 'object' && !Buffer.isBuffer(wanted)) {
    const keys = Object.keys(wanted).filter((key) => wanted[key] !== undefined);
    const own = Object.keys(given).filter((key) => given[key] !== undefined);
    if (Array.isArray(wanted) !== Array.isArray(given) || keys.length !== own.length) return false;
    if (keys.length) return keys.every((key) => equal(given[key], wanted[key]));
  }
  return util.isDeepStrictEqual(given, wanted);
}

function contains(given, wanted) {
  if (wanted instanceof Asymmetric) return wanted.matches(given);
  if (!wanted || typeof wanted !== 'object') return Object.is(given, wanted);
  return Boolean(given) && Object.keys(wanted).every((key) => contains(given[key], wanted[key]));
}

function at(object, where) {
  const parts = Array.isArray(where) ? where : String(where).split(/[.[\]]+/).filter(Boolean);
  return parts.reduce((found, part) => (found === undefined || found === null ? undefined : found[part]), object);
}

function thrown(fn, wanted) {
  try {
    const result = typeof fn === 'function' ? fn() : undefined;
    harness.saw(result);
  } catch (error) {
    return fits(error, wanted);
  }
  return false;
}

function fits(error, wanted) {
  const message = String((error && error.message) || error);
  if (wanted === undefined) return true;
  if (wanted instanceof RegExp) return wanted.test(message);
  if (typeof wanted === 'function') return error instanceof wanted;
  return message.includes(typeof wanted === 'string' ? wanted : String(wanted && wanted.message));
}

const calls = (fn) => (fn && fn.mock ? fn.mock.calls : []);
const last = (list) => list[list.length - 1];
const matchers = {
  toBe: (given, wanted) => Object.is(given, wanted),
  toEqual: equal,
  toStrictEqual: equal,
  toMatchObject: contains,
  toBeUndefined: (given) => given === undefined,
  toBeDefined: (given) => given !== undefined,
  toBeNull: (given) => given === null,
  toBeNaN: (given) => Number.isNaN(given),
  toBeTruthy: (given) => Boolean(given),
  toBeFalsy: (given) => !given,
  toBeInstanceOf: (given, wanted) => given instanceof wanted,
  toBeGreaterThan: (given, wanted) => given > wanted,
  toBeGreaterThanOrEqual: (given, wanted) => given >= wanted,
  toBeLessThan: (given, wanted) => given < wanted,
  toBeLessThanOrEqual: (given, wanted) => given <= wanted,
  toBeCloseTo: (given, wanted, digits = 2) => Math.abs(given - wanted) < 10 ** -digits / 2,
  toContain: (given, wanted) => Boolean(given) && (typeof given === 'string' ? given.includes(wanted) : Array.from(given).includes(wanted)),
  toContainEqual: (given, wanted) => Array.from(given || []).some((item) => equal(item, wanted)),
  toMatch: (given, wanted) => (wanted instanceof RegExp ? wanted.test(given) : String(given).includes(wanted)),
  toHaveLength: (given, wanted) => Boolean(given) && given.length === wanted,
  toHaveProperty: (given, where, ...wanted) => at(given, where) !== undefined && (!wanted.length || equal(at(given, where), wanted[0])),
  toThrow: thrown,
  toThrowError: thrown,
  toHaveBeenCalled: (fn) => calls(fn).length > 0,
  toHaveBeenCalledTimes: (fn, times) => calls(fn).length === times,
  toHaveBeenCalledWith: (fn, ...args) => calls(fn).some((call) => equal(call, args)),
  toHaveBeenLastCalledWith: (fn, ...args) => equal(last(calls(fn)), args),
  toHaveReturnedWith: (fn, value) => Boolean(fn.mock) && fn.mock.results.some((result) => equal(result.value, value)),
};
matchers.toBeCalled = matchers.toHaveBeenCalled;
matchers.toBeCalledTimes = matchers.toHaveBeenCalledTimes;
matchers.toBeCalledWith = matchers.toHaveBeenCalledWith;

function check(name, given, args, wanted) {
  const matcher = matchers[name];
  if (matcher && Boolean(matcher(given, ...args)) !== wanted) {
    // No values: a comparison that fails must not give away what the script itself has read.
    throw new Error(`${wanted ? '' : 'not '}${name}, of ${given === null ? 'null' : typeof given}, does not hold`);
  }
}

function expectation(given, wanted, later) {
  return new Proxy({}, {
    get(_, name) {
      if (name === 'then') return undefined;
      if (name === 'not') return expectation(given, !wanted, later);
      if (name === 'resolves') return expectation(given, wanted, 'resolves');
      if (name === 'rejects') return expectation(given, wanted, 'rejects');
      if (!later) return (...args) => check(name, given, args, wanted);
      return async (...args) => {
        const promise = Promise.resolve(typeof given === 'function' ? given() : given);
        if (later === 'resolves') {
          const value = await promise;
          harness.saw(value);
          return check(name, value, args, wanted);
        }
        const error = await promise.then(() => { throw new Error('it was not rejected'); }, (reason) => reason);
        harness.saw(error);
        if (name.startsWith('toThrow')) return check('toBe', fits(error, args[0]), [true], wanted);
        return check(name, error, args, wanted);
      };
    },
  });
}

function expect(given) {
  harness.look();
  harness.saw(given);
  return expectation(given, true, '');
}

Object.assign(expect, {
  any: (kind) => new Asymmetric((given) => given !== undefined && given !== null && (given instanceof kind || Object(given) instanceof kind)),
  anything: () => new Asymmetric((given) => given !== undefined && given !== null),
  objectContaining: (wanted) => new Asymmetric((given) => contains(given, wanted)),
  arrayContaining: (wanted) => new Asymmetric((given) => wanted.every((item) => given.some((one) => equal(one, item)))),
  stringContaining: (wanted) => new Asymmetric((given) => String(given).includes(wanted)),
  stringMatching: (wanted) => new Asymmetric((given) => new RegExp(wanted).test(given)),
  closeTo: (wanted, digits) => new Asymmetric((given) => matchers.toBeCloseTo(given, wanted, digits)),
  extend(more) { for (const [name, matcher] of Object.entries(more)) matchers[name] = (...args) => matcher.call({ equals: equal }, ...args).pass; },
  assertions() {},
  hasAssertions() {},
  fail(text) { throw new Error(text); },
});
exports.expect = expect;
