// Buffer, with the methods that runtime 2.0 lists.

class Buffer extends Uint8Array {
  static alloc(size, fill, encoding) {
    const buffer = new Buffer(checkedSize(size));
    return fill === undefined ? buffer : buffer.fill(fill, 0, buffer.length, encoding);
  }

  static allocUnsafe(size) {
    return new Buffer(checkedSize(size));
  }

  static byteLength(value, encoding) {
    if (typeof value === 'string') return bytesOf(value, encoding).length;
    const view = viewOf(value);
    if (view === undefined) throw new TypeError('first argument is not a string or Buffer-like object');
    return view.length;
  }

  static compare(one, other) {
    return compareBytes(checkedView(one), checkedView(other));
  }

  static concat(list, totalLength) {
    if (!Array.isArray(list)) throw new TypeError('"list" argument must be an instance of Array');
    const views = list.map(checkedView);
    const sum = views.reduce((total, view) => total + view.length, 0);
    const buffer = new Buffer(totalLength === undefined ? sum : checkedSize(totalLength));
    let at = 0;
    views.forEach((view) => {
      const fitting = view.subarray(0, Math.max(0, buffer.length - at));
      buffer.set(fitting, Math.min(at, buffer.length));
      at += fitting.length;
    });
    return buffer;
  }

  static from(value, offsetOrEncoding, length) {
    if (typeof value === 'string') return copied(bytesOf(value, offsetOrEncoding));
    if (value instanceof ArrayBuffer) return new Buffer(value, offsetOrEncoding || 0, length);
    if (value !== null && typeof value === 'object') {
      if (ArrayBuffer.isView(value) || Array.isArray(value)) return copied(value);
      if (value.type === 'Buffer' && Array.isArray(value.data)) return copied(value.data);
      const inner = value.valueOf();
      if (inner !== value && inner !== null && inner !== undefined) return Buffer.from(inner, offsetOrEncoding, length);
      if (typeof value.length === 'number') return copied(Array.prototype.slice.call(value));
    }
    throw new TypeError('first argument is not a string or Buffer-like object');
  }

  static isBuffer(value) {
    return value instanceof Buffer;
  }

  static isEncoding(encoding) {
    return typeof encoding === 'string' && /^(utf-?8|hex|base64|base64url)$/i.test(encoding);
  }

  compare(target, targetStart, targetEnd, sourceStart, sourceEnd) {
    const theirs = checkedView(target).subarray(targetStart || 0, targetEnd);
    return compareBytes(this.subarray(sourceStart || 0, sourceEnd), theirs);
  }

  copy(target, targetStart, sourceStart, sourceEnd) {
    const to = targetStart || 0;
    const from = this.subarray(sourceStart || 0, sourceEnd);
    const fitting = from.subarray(0, Math.max(0, target.length - to));
    target.set(fitting, Math.min(to, target.length));
    return fitting.length;
  }

  equals(other) {
    return compareBytes(this, checkedView(other)) === 0;
  }

  fill(value, offset, end, encoding) {
    if (typeof offset === 'string') return this.fill(value, 0, this.length, offset);
    if (typeof end === 'string') return this.fill(value, offset, this.length, end);
    if (typeof value === 'number') return super.fill(value & 255, offset, end);
    const bytes = typeof value === 'string' ? bytesOf(value, encoding) : checkedView(value);
    const stop = end === undefined ? this.length : Math.min(end, this.length);
    for (let at = offset || 0, i = 0; at < stop; at++, i++) this[at] = bytes.length === 0 ? 0 : bytes[i % bytes.length];
    return this;
  }

  includes(value, byteOffset, encoding) {
    return this.indexOf(value, byteOffset, encoding) !== -1;
  }

  indexOf(value, byteOffset, encoding) {
    if (typeof value === 'number') return super.indexOf(value & 255, byteOffset);
    const wanted = soughtBytes(value, encoding);
    const start = byteOffset === undefined ? 0 : byteOffset < 0 ? Math.max(0, this.length + byteOffset) : byteOffset;
    for (let at = start; at + wanted.length <= this.length; at++) if (isAt(this, wanted, at)) return at;
    return -1;
  }

  lastIndexOf(value, byteOffset, encoding) {
    const wanted = typeof value === 'number' ? Uint8Array.of(value & 255) : soughtBytes(value, encoding);
    const last = this.length - wanted.length;
    const start = byteOffset === undefined ? last : Math.min(last, byteOffset < 0 ? this.length + byteOffset : byteOffset);
    for (let at = start; at >= 0; at--) if (isAt(this, wanted, at)) return at;
    return -1;
  }

  slice(start, end) {
    return this.subarray(start, end);
  }

  swap16() {
    return swapped(this, 2);
  }

  swap32() {
    return swapped(this, 4);
  }

  swap64() {
    return swapped(this, 8);
  }

  toJSON() {
    return {type: 'Buffer', data: Array.prototype.slice.call(this)};
  }

  toString(encoding, start, end) {
    return textOf(this.subarray(start || 0, end), encoding);
  }

  write(text, offset, length, encoding) {
    if (typeof offset === 'string') return this.write(text, 0, this.length, offset);
    if (typeof length === 'string') return this.write(text, offset, undefined, length);
    const at = offset || 0;
    const room = Math.max(0, this.length - at);
    const bytes = bytesOf(String(text), encoding).subarray(0, length === undefined ? room : Math.min(length, room));
    this.set(bytes, Math.min(at, this.length));
    return bytes.length;
  }
}

function checkedSize(size) {
  if (typeof size !== 'number' || !(size >= 0)) throw new RangeError('invalid size');
  return Math.floor(size);
}

function checkedView(value) {
  if (!(value instanceof Uint8Array)) throw new TypeError('argument must be an instance of Buffer or Uint8Array');
  return value;
}

function soughtBytes(value, encoding) {
  return typeof value === 'string' ? bytesOf(value, encoding) : checkedView(value);
}

function copied(list) {
  const buffer = new Buffer(list.length);
  buffer.set(list);
  return buffer;
}

function compareBytes(one, other) {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) if (one[at] !== other[at]) return one[at] < other[at] ? -1 : 1;
  return Math.sign(one.length - other.length);
}

function isAt(bytes, wanted, at) {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

function swapped(buffer, width) {
  if (buffer.length % width !== 0) throw new RangeError('buffer size must be a multiple of ' + width * 8 + '-bits');
  for (let at = 0; at < buffer.length; at += width) buffer.subarray(at, at + width).reverse();
  return buffer;
}

function checkedRange(buffer, offset, length) {
  const at = offset === undefined ? 0 : offset;
  if (typeof at !== 'number' || at % 1 !== 0 || at < 0 || at + length > buffer.length) throw new RangeError('index out of range');
  return at;
}

// readInt16LE and the like: the names that DataView has, with the order of bytes in the name.
function defineNumbers(proto, kind, width, isLittle) {
  const name = kind.replace('Uint', 'UInt').replace(/^Float32/, 'Float').replace(/^Float64/, 'Double')
    + (width === 1 ? '' : isLittle ? 'LE' : 'BE');
  const view = (buffer) => new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  const get = DataView.prototype['get' + kind];
  const set = DataView.prototype['set' + kind];
  define(proto, 'read' + name, function (offset) {
    return get.call(view(this), checkedRange(this, offset, width), isLittle);
  });
  define(proto, 'write' + name, function (value, offset) {
    const at = checkedRange(this, offset, width);
    set.call(view(this), at, value, isLittle);
    return at + width;
  });
}

// readIntLE(offset, byteLength) and the like, 1 to 6 bytes.
function defineLongNumbers(proto, isSigned, isLittle) {
  const name = (isSigned ? 'Int' : 'UInt') + (isLittle ? 'LE' : 'BE');
  const place = (at, length, i) => (isLittle ? at + length - 1 - i : at + i);
  const checked = (buffer, offset, length) => {
    if (!(length >= 1 && length <= 6)) throw new RangeError('byteLength must be from 1 to 6');
    return checkedRange(buffer, offset, length);
  };
  define(proto, 'read' + name, function (offset, length) {
    const at = checked(this, offset, length);
    let value = 0;
    for (let i = 0; i < length; i++) value = value * 256 + this[place(at, length, i)];
    return isSigned && value >= Math.pow(2, 8 * length - 1) ? value - Math.pow(2, 8 * length) : value;
  });
  define(proto, 'write' + name, function (value, offset, length) {
    const at = checked(this, offset, length);
    let rest = value < 0 ? value + Math.pow(2, 8 * length) : value;
    for (let i = length - 1; i >= 0; i--) {
      this[place(at, length, i)] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    return at + length;
  });
}

function define(target, name, value) {
  Object.defineProperty(target, name, {value: value, writable: true, configurable: true});
}

defineNumbers(Buffer.prototype, 'Int8', 1, true);
defineNumbers(Buffer.prototype, 'Uint8', 1, true);
[true, false].forEach((isLittle) => {
  [['Int16', 2], ['Uint16', 2], ['Int32', 4], ['Uint32', 4], ['Float32', 4], ['Float64', 8]].forEach((kind) => {
    defineNumbers(Buffer.prototype, kind[0], kind[1], isLittle);
  });
  defineLongNumbers(Buffer.prototype, true, isLittle);
  defineLongNumbers(Buffer.prototype, false, isLittle);
});
