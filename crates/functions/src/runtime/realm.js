// The realm of one function: what is on the list, all of it frozen, and a clock that stands still.

let clock = 0;

// ---- what a call may not make -------------------------------------------------------------------------------------

function refuseCode() {
  throw new TypeError('code cannot be made from text');
}

const AsyncFunction = Object.getPrototypeOf(async function () {});
const GeneratorFunction = Object.getPrototypeOf(function* () {});
const AsyncGeneratorFunction = Object.getPrototypeOf(async function* () {});

const FunctionPrototype = Function.prototype;
globalThis.Function = function Function() {
  refuseCode();
};
globalThis.Function.prototype = FunctionPrototype;
[FunctionPrototype, AsyncFunction, GeneratorFunction, AsyncGeneratorFunction].forEach((prototype) => {
  Object.defineProperty(prototype, 'constructor', {value: globalThis.Function, configurable: true});
});
globalThis.eval = refuseCode;

// ---- time ----------------------------------------------------------------------------------------------------------

const RealDate = Date;

globalThis.Date = function Date(year, month) {
  if (!new.target) return construct(RealDate, [clock]).toString();
  // Edges have no time zone: local time is UTC.
  const time = arguments.length === 0 ? [clock] : arguments.length === 1 ? [year] : [RealDate.UTC.apply(null, arguments)];
  return construct(RealDate, time, new.target);
};
globalThis.Date.prototype = RealDate.prototype;
Object.defineProperty(RealDate.prototype, 'constructor', {value: globalThis.Date, writable: true, configurable: true});
define(globalThis.Date, 'now', function now() {
  return clock;
});
define(globalThis.Date, 'UTC', RealDate.UTC);
define(globalThis.Date, 'parse', RealDate.parse);
DATE_PARTS.forEach((part) => {
  define(RealDate.prototype, 'get' + part, RealDate.prototype['getUTC' + part]);
  if (part !== 'Day') define(RealDate.prototype, 'set' + part, RealDate.prototype['setUTC' + part]);
});
define(RealDate.prototype, 'getTimezoneOffset', function getTimezoneOffset() {
  return 0;
});

// ---- what is supplied ----------------------------------------------------------------------------------------------

function textForLog(value) {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && !(value instanceof Error)) {
    const text = JSON.stringify(value);
    if (text !== undefined) return text;
  }
  return String(value);
}

const stringifyJson = JSON.stringify;
const parseJson = JSON.parse;

// Rejects instead of throwing, without the cost of an async function.
function promised(work) {
  try {
    return Promise.resolve(work());
  } catch (error) {
    return Promise.reject(error);
  }
}

function stored(key) {
  if (typeof key !== 'string') throw new TypeError('key must be a string');
  return host.value(toWellFormed(key));
}

const kvs = {
  get: (key, options) => promised(() => {
    const format = options === undefined ? 'string' : Object(options).format;
    const value = stored(key);
    if (value === undefined) throw new Error('KeyNotFound: ' + key);
    switch (format) {
      case undefined:
      case 'string': return value;
      case 'bytes': return utf8Bytes(value);
      case 'json': return parseJson(value);
      default: throw new TypeError('format must be string, bytes or json');
    }
  }),
  exists: (key) => promised(() => stored(key) !== undefined),
  meta: () => promised(() => {
    return {creationDateTime: host.storeTime, lastUpdatedDateTime: host.storeTime, keyCount: host.keyCount};
  }),
};

function choose(kind, value) {
  const problem = host.choose(kind, toWellFormed(stringifyJson(value) || 'null'));
  if (problem !== undefined) throw new TypeError(problem);
}

const cf = {
  kvs: function () {
    if (!host.hasStore) throw new Error('no key-value store is associated with this function');
    return kvs;
  },
  edgeLocation: parseJson(host.edgeLocation),
  updateRequestOrigin: function updateRequestOrigin(origin) {
    choose('update', origin);
  },
  selectRequestOriginById: function selectRequestOriginById(id) {
    choose('select', id);
  },
  createRequestOriginGroup: function createRequestOriginGroup(group) {
    choose('group', group);
  },
};

const supplied = {
  Buffer: Buffer, TextEncoder: TextEncoder, TextDecoder: TextDecoder, atob: atob, btoa: btoa, require: require,
  console: {
    log: function log(value) {
      host.log(toWellFormed(textForLog(value)));
    },
  },
};
Object.keys(supplied).forEach((name) => define(globalThis, name, supplied[name]));

// ---- what is taken away --------------------------------------------------------------------------------------------

const TypedArray = Object.getPrototypeOf(Uint8Array);
keepOnly(TypedArray, TYPED_STATICS);
keepOnly(TypedArray.prototype, TYPED_METHODS);
TYPED_ARRAYS.forEach((name) => {
  keepOnly(globalThis[name], 'BYTES_PER_ELEMENT');
  keepOnly(globalThis[name].prototype, 'BYTES_PER_ELEMENT');
});
Object.keys(STATICS).forEach((name) => keepOnly(globalThis[name], STATICS[name]));
Object.keys(METHODS).forEach((name) => keepOnly(globalThis[name].prototype, METHODS[name]));
ERRORS.forEach((name) => {
  keepOnly(globalThis[name], '');
  keepOnly(globalThis[name].prototype, 'message toString');
});
Object.getOwnPropertyNames(globalThis).forEach((name) => {
  if (GLOBALS.indexOf(name) < 0) delete globalThis[name];
});

// ---- what stays as it is -------------------------------------------------------------------------------------------

// A frozen prototype would forbid `error.name = 'Mine'` on an object that inherits from it. So where that is usual the
// property becomes an accessor whose setter makes a property of the object's own.
function allowOverride(prototype, name) {
  const property = Object.getOwnPropertyDescriptor(prototype, name);
  if (property === undefined || !('value' in property)) return;
  const value = property.value;
  Object.defineProperty(prototype, name, {
    get: () => value,
    set: function (own) {
      if (this === prototype) throw new TypeError('built-in objects cannot be changed');
      Object.defineProperty(this, name, {value: own, writable: true, enumerable: true, configurable: true});
    },
    enumerable: property.enumerable,
    configurable: false,
  });
}

METHODS.Object.split(' ').concat('constructor').forEach((name) => allowOverride(Object.prototype, name));
ERRORS.forEach((error) => {
  ['name', 'message', 'toString', 'constructor'].forEach((name) => allowOverride(globalThis[error].prototype, name));
});
['toString', 'constructor'].forEach((name) => {
  [FunctionPrototype, Array.prototype, globalThis.Date.prototype].forEach((prototype) => allowOverride(prototype, name));
});

const freeze = Object.freeze;
const isFrozen = Object.isFrozen;
const describe = Object.getOwnPropertyDescriptor;
const prototypeOf = Object.getPrototypeOf;

function freezeAll(roots) {
  const left = roots;
  const add = (value) => {
    if (value !== null && (typeof value === 'object' || typeof value === 'function') && !isFrozen(value)) left.push(value);
  };
  while (left.length > 0) {
    const object = left.pop();
    freeze(object);
    add(prototypeOf(object));
    ownKeys(object).forEach((key) => {
      const property = describe(object, key);
      add(property.value);
      add(property.get);
      add(property.set);
    });
  }
}

const iterators = [[][Symbol.iterator](), ''[Symbol.iterator](), (function* () {})(), new Uint8Array(0)[Symbol.iterator]()];
freezeAll([globalThis, cf, kvs, modules, AsyncFunction, GeneratorFunction, AsyncGeneratorFunction].concat(iterators.map(prototypeOf)));

// ---- one call ------------------------------------------------------------------------------------------------------

return {
  call: function (program, text, query, now) {
    clock = now;
    const event = parseJson(text);
    Object.defineProperty(event.request, 'rawQueryString', {value: () => query});
    // The program runs anew: what it keeps in variables of its own is gone with the call.
    return program(cf)(event);
  },
  text: function (result) {
    return stringifyJson(result);
  },
};
