// `jest.fn` and `jest.spyOn`. A mock that evaluated code calls is noted: that is what many a test of an evaluation asks.
'use strict';

let harness = { evaluated() {}, saw() {} };
exports.setHarness = (given) => { harness = given; };
const spies = [];

function fn(implementation, name) {
  let fallback = implementation;
  const once = [];
  const mock = function (...args) {
    harness.evaluated(name || 'a mock', false);
    args.forEach((arg) => harness.saw(arg));
    mock.mock.calls.push(args);
    mock.mock.instances.push(this);
    const run = once.length ? once.shift() : fallback;
    const result = { type: 'return', value: undefined };
    mock.mock.results.push(result);
    try {
      result.value = run ? (new.target ? new run(...args) : run.apply(this, args)) : undefined;
    } catch (error) {
      result.type = 'throw';
      result.value = error;
      throw error;
    }
    return result.value;
  };
  const clear = () => { mock.mock = { calls: [], results: [], instances: [], get lastCall() { return this.calls[this.calls.length - 1]; } }; return mock; };
  clear();
  const set = (list) => (given) => { if (list) once.push(given); else fallback = given; return mock; };
  const returning = (list, wrap) => (value) => set(list)(() => wrap(value));
  const plain = (value) => value;
  Object.assign(mock, {
    _isMockFunction: true,
    mockImplementation: set(false),
    mockImplementationOnce: set(true),
    mockReturnValue: returning(false, plain),
    mockReturnValueOnce: returning(true, plain),
    mockResolvedValue: returning(false, (value) => Promise.resolve(value)),
    mockResolvedValueOnce: returning(true, (value) => Promise.resolve(value)),
    mockRejectedValue: returning(false, (value) => Promise.reject(value)),
    mockRejectedValueOnce: returning(true, (value) => Promise.reject(value)),
    mockReturnThis: () => set(false)(function () { return this; }),
    mockName: () => mock,
    getMockName: () => name || 'jest.fn()',
    mockClear: clear,
    mockReset: () => { fallback = undefined; once.length = 0; return clear(); },
    mockRestore: () => clear(),
  });
  return mock;
}

function spyOn(holder, name, access) {
  if (access) return fn();
  const original = holder[name];
  if (original && original._isMockFunction) return original;
  const spy = fn(original, name);
  spy.mockRestore = () => { holder[name] = original; return spy; };
  spies.push(spy);
  holder[name] = spy;
  return spy;
}

exports.api = {
  fn: (implementation) => fn(implementation),
  spyOn,
  restoreAllMocks() { spies.splice(0).forEach((spy) => spy.mockRestore()); },
  clearAllMocks() { spies.forEach((spy) => spy.mockClear()); },
  resetAllMocks() { spies.forEach((spy) => spy.mockReset()); },
  isMockFunction: (given) => Boolean(given && given._isMockFunction),
  mocked: (given) => given,
  replaceProperty(holder, name, value) { const original = holder[name]; holder[name] = value; return { restore() { holder[name] = original; } }; },
};
