// What is there: AWS's list for runtime 2.0 (page functions-javascript-runtime-20) and, because the list leaves out
// what goes without saying (charCodeAt, Array.prototype.toString), what njs 0.7.9 has. All else is taken away.

const TYPED_ARRAYS = ['Float32Array', 'Float64Array', 'Int8Array', 'Int16Array', 'Int32Array', 'Uint8Array',
  'Uint8ClampedArray', 'Uint16Array', 'Uint32Array'];
const ERRORS = ['Error', 'AggregateError', 'EvalError', 'InternalError', 'RangeError', 'ReferenceError', 'SyntaxError',
  'TypeError', 'URIError'];
const GLOBALS = ('NaN Infinity undefined globalThis Object Function Array String Boolean Number Symbol Math JSON Date '
  + 'RegExp Promise ArrayBuffer DataView TextEncoder TextDecoder Buffer console require atob btoa eval decodeURI '
  + 'decodeURIComponent encodeURI encodeURIComponent isFinite isNaN parseFloat parseInt').split(' ')
  .concat(TYPED_ARRAYS, ERRORS);
const DATE_PARTS = ['Date', 'Day', 'FullYear', 'Hours', 'Milliseconds', 'Minutes', 'Month', 'Seconds'];
const VIEW_PARTS = ['Float32', 'Float64', 'Int16', 'Int32', 'Int8', 'Uint16', 'Uint32', 'Uint8'];

const STATICS = {
  Object: 'assign create defineProperties defineProperty entries freeze getOwnPropertyDescriptor '
    + 'getOwnPropertyDescriptors getOwnPropertyNames getOwnPropertySymbols getPrototypeOf is isExtensible isFrozen '
    + 'isSealed keys preventExtensions seal setPrototypeOf values',
  Function: '',
  Array: 'isArray of',
  String: 'fromCharCode fromCodePoint',
  Boolean: '',
  Number: 'EPSILON MAX_SAFE_INTEGER MAX_VALUE MIN_SAFE_INTEGER MIN_VALUE NEGATIVE_INFINITY NaN POSITIVE_INFINITY '
    + 'isFinite isInteger isNaN isSafeInteger parseFloat parseInt',
  Symbol: 'asyncIterator for hasInstance isConcatSpreadable iterator keyFor match matchAll replace search species '
    + 'split toPrimitive toStringTag unscopables',
  Math: 'E LN10 LN2 LOG10E LOG2E PI SQRT1_2 SQRT2 abs acos acosh asin asinh atan atan2 atanh cbrt ceil clz32 cos cosh '
    + 'exp expm1 floor fround hypot imul log log10 log1p log2 max min pow random round sign sin sinh sqrt tan tanh trunc',
  JSON: 'parse stringify',
  Date: 'UTC now parse',
  RegExp: '',
  Promise: 'all allSettled any race reject resolve',
  ArrayBuffer: 'isView',
  DataView: '',
};

const METHODS = {
  Object: '__proto__ hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf',
  Function: 'apply arguments bind call caller length name toString',
  Array: 'concat copyWithin entries every fill filter find findIndex forEach includes indexOf join keys lastIndexOf '
    + 'length map pop push reduce reduceRight reverse shift slice some sort splice toString unshift values',
  String: 'charAt charCodeAt codePointAt concat endsWith includes indexOf lastIndexOf length match padEnd padStart '
    + 'repeat replace replaceAll search slice split startsWith substr substring toLowerCase toString toUpperCase trim '
    + 'trimEnd trimStart valueOf',
  Boolean: 'toString valueOf',
  Number: 'toExponential toFixed toPrecision toString valueOf',
  Symbol: 'description toString valueOf',
  Date: ['get', 'set', 'getUTC', 'setUTC'].map((verb) => DATE_PARTS.map((part) => verb + part).join(' ')).join(' ')
    + ' getTime setTime getTimezoneOffset toDateString toISOString toJSON toLocaleDateString toLocaleString '
    + 'toLocaleTimeString toString toTimeString toUTCString valueOf',
  RegExp: 'exec flags global ignoreCase multiline source sticky test toString',
  Promise: 'catch finally then',
  ArrayBuffer: 'byteLength slice',
  DataView: 'buffer byteLength byteOffset '
    + VIEW_PARTS.map((part) => 'get' + part + ' set' + part).join(' '),
};

const TYPED_STATICS = 'from of';
const TYPED_METHODS = 'buffer byteLength byteOffset copyWithin entries every fill filter find findIndex forEach includes '
  + 'indexOf join keys lastIndexOf length map reduce reduceRight reverse set slice some sort subarray toString values';

// Kept before Reflect is taken away.
const construct = Reflect.construct;
const deleteProperty = Reflect.deleteProperty;
const ownKeys = Reflect.ownKeys;

function keepOnly(target, names) {
  const kept = names.split(' ').concat('constructor', 'prototype', 'name', 'length');
  Object.getOwnPropertyNames(target).forEach((name) => {
    // Two well-known symbols stay: the language does not let them go, and they do nothing.
    if (kept.indexOf(name) < 0) deleteProperty(target, name);
  });
}
