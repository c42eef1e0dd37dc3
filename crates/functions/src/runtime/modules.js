// The modules of require(): crypto, querystring, buffer.

const QUERY_KEYS_MAX = 1000;
// Kept before the list of methods takes it away.
const toWellFormed = Function.prototype.call.bind(String.prototype.toWellFormed);

function digestOf(state, hex, encoding) {
  if (state.done) throw new Error('Digest already called');
  state.done = true;
  const bytes = hexBytes(hex());
  if (encoding === undefined) return Buffer.from(bytes);
  const name = encodingName(encoding);
  if (name === 'utf8') throw new TypeError('Unknown digest encoding: "' + encoding + '"');
  return textOf(bytes, name);
}

function dataOf(value) {
  if (typeof value === 'string') return latin1Text(utf8Bytes(value));
  const view = viewOf(value);
  if (view === undefined) throw new TypeError('data is not a string or Buffer-like object');
  return latin1Text(view);
}

function checkedAlgorithm(name) {
  if (name !== 'md5' && name !== 'sha1' && name !== 'sha256') throw new TypeError('not supported algorithm: "' + name + '"');
  return name;
}

function hasher(finish) {
  const state = {data: '', done: false};
  const self = {
    update: function update(data) {
      if (state.done) throw new Error('Digest already called');
      state.data += dataOf(data);
      return self;
    },
    digest: function digest(encoding) {
      return digestOf(state, () => finish(state.data), encoding);
    },
  };
  return self;
}

const crypto = {
  createHash: function createHash(algorithm) {
    const name = checkedAlgorithm(algorithm);
    return hasher((data) => host.hash(name, data));
  },
  createHmac: function createHmac(algorithm, key) {
    const name = checkedAlgorithm(algorithm);
    const secret = dataOf(key);
    return hasher((data) => host.hmac(name, secret, data));
  },
};

function unescape(text) {
  const encoded = String(text);
  if (encoded.indexOf('%') < 0) return encoded;
  const bytes = [];
  for (let at = 0; at < encoded.length; at++) {
    const hex = encoded.substr(at + 1, 2);
    if (encoded[at] === '%' && /^[0-9a-f]{2}$/i.test(hex)) {
      bytes.push(parseInt(hex, 16));
      at += 2;
    } else {
      const units = encoded.codePointAt(at) > 0xffff ? 2 : 1;
      utf8Bytes(encoded.substr(at, units)).forEach((byte) => bytes.push(byte));
      at += units - 1;
    }
  }
  return utf8Text(Uint8Array.from(bytes), false);
}

function escape(text) {
  return encodeURIComponent(toWellFormed(String(text)));
}

function parse(text, separator, equal, options) {
  const settings = Object(options);
  const decode = typeof settings.decodeURIComponent === 'function' ? settings.decodeURIComponent : unescape;
  const most = settings.maxKeys === undefined ? QUERY_KEYS_MAX : Number(settings.maxKeys);
  const result = Object.create(null);
  let pairs = String(text).split(separator || '&');
  if (most > 0) pairs = pairs.slice(0, most);
  pairs.forEach((pair) => {
    if (pair === '') return;
    const mark = equal || '=';
    const at = pair.indexOf(mark);
    const name = decode((at < 0 ? pair : pair.slice(0, at)).replace(/\+/g, ' '));
    const value = decode(at < 0 ? '' : pair.slice(at + mark.length).replace(/\+/g, ' '));
    if (!(name in result)) result[name] = value;
    else if (Array.isArray(result[name])) result[name].push(value);
    else result[name] = [result[name], value];
  });
  return result;
}

function primitive(value) {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function stringify(object, separator, equal, options) {
  const settings = Object(options);
  const encode = typeof settings.encodeURIComponent === 'function' ? settings.encodeURIComponent : escape;
  const pairs = [];
  if (object === null || typeof object !== 'object') return '';
  Object.keys(object).forEach((name) => {
    const values = Array.isArray(object[name]) ? object[name] : [object[name]];
    values.forEach((value) => pairs.push(encode(name) + (equal || '=') + encode(primitive(value))));
  });
  return pairs.join(separator || '&');
}

const querystring = {
  parse: parse, decode: parse, stringify: stringify, encode: stringify, escape: escape, unescape: unescape,
};

const modules = {crypto: crypto, querystring: querystring, buffer: {Buffer: Buffer}};

function require(name) {
  if (typeof name === 'string' && Object.prototype.hasOwnProperty.call(modules, name)) return modules[name];
  throw new Error('Cannot find module "' + name + '"');
}
