// Text and bytes: UTF-8, hex, base64; TextEncoder, TextDecoder, atob, btoa.

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const REPLACEMENT = '\ufffd';
// String.fromCharCode takes its characters as arguments, and those go on the stack.
const CHARS_AT_ONCE = 2048;

function latin1Text(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHARS_AT_ONCE) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + CHARS_AT_ONCE));
  }
  return text;
}

function latin1Bytes(text) {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

function utf8Bytes(text) {
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    let point = text.codePointAt(at);
    if (point > 0xffff) at++;
    if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
    if (point < 0x80) {
      bytes[length++] = point;
    } else if (point < 0x800) {
      bytes[length++] = 0xc0 | (point >> 6);
      bytes[length++] = 0x80 | (point & 63);
    } else if (point < 0x10000) {
      bytes[length++] = 0xe0 | (point >> 12);
      bytes[length++] = 0x80 | ((point >> 6) & 63);
      bytes[length++] = 0x80 | (point & 63);
    } else {
      bytes[length++] = 0xf0 | (point >> 18);
      bytes[length++] = 0x80 | ((point >> 12) & 63);
      bytes[length++] = 0x80 | ((point >> 6) & 63);
      bytes[length++] = 0x80 | (point & 63);
    }
  }
  return bytes.slice(0, length);
}

// The length of a sequence and the bounds of its second byte (Unicode, table 3-7).
function sequence(first) {
  if (first >= 0xc2 && first <= 0xdf) return [2, 0x80, 0xbf];
  if (first === 0xe0) return [3, 0xa0, 0xbf];
  if (first === 0xed) return [3, 0x80, 0x9f];
  if (first >= 0xe1 && first <= 0xef) return [3, 0x80, 0xbf];
  if (first === 0xf0) return [4, 0x90, 0xbf];
  if (first >= 0xf1 && first <= 0xf3) return [4, 0x80, 0xbf];
  if (first === 0xf4) return [4, 0x80, 0x8f];
  return [1, 0, 0];
}

function utf8Text(bytes, isFatal) {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at++];
    if (first < 0x80) {
      text += String.fromCharCode(first);
      continue;
    }
    const wanted = sequence(first);
    let point = first & (0xff >> (wanted[0] + 1));
    let low = wanted[1];
    let high = wanted[2];
    let got = 1;
    while (got < wanted[0] && at < bytes.length && bytes[at] >= low && bytes[at] <= high) {
      point = (point << 6) | (bytes[at++] & 63);
      low = 0x80;
      high = 0xbf;
      got++;
    }
    if (got > 1 && got === wanted[0]) {
      text += String.fromCodePoint(point);
    } else if (isFatal) {
      throw new TypeError('The encoded data was not valid');
    } else {
      text += REPLACEMENT;
    }
  }
  return text;
}

function hexText(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at++) text += (bytes[at] < 16 ? '0' : '') + bytes[at].toString(16);
  return text;
}

function hexBytes(text) {
  const bytes = [];
  for (let at = 0; at + 1 < text.length; at += 2) {
    const pair = text.substr(at, 2);
    if (!/^[0-9a-f]{2}$/i.test(pair)) break;
    bytes.push(parseInt(pair, 16));
  }
  return Uint8Array.from(bytes);
}

function base64Text(bytes, isForUrl) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const triple = (bytes[at] << 16) | ((left > 1 ? bytes[at + 1] : 0) << 8) | (left > 2 ? bytes[at + 2] : 0);
    text += BASE64[triple >> 18] + BASE64[(triple >> 12) & 63];
    text += left > 1 ? BASE64[(triple >> 6) & 63] : '=';
    text += left > 2 ? BASE64[triple & 63] : '=';
  }
  return isForUrl ? text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '') : text;
}

// Both alphabets; what is in neither is passed over, as Buffer.from does.
function base64Bytes(text) {
  const bytes = [];
  let bits = 0;
  let held = 0;
  for (let at = 0; at < text.length && text[at] !== '='; at++) {
    const c = text[at] === '-' ? '+' : text[at] === '_' ? '/' : text[at];
    const value = BASE64.indexOf(c);
    if (value < 0) continue;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 0xff);
    }
  }
  return Uint8Array.from(bytes);
}

function bytesOf(text, encoding) {
  switch (encodingName(encoding)) {
    case 'hex': return hexBytes(text);
    case 'base64':
    case 'base64url': return base64Bytes(text);
    default: return utf8Bytes(text);
  }
}

function textOf(bytes, encoding) {
  switch (encodingName(encoding)) {
    case 'hex': return hexText(bytes);
    case 'base64': return base64Text(bytes, false);
    case 'base64url': return base64Text(bytes, true);
    default: return utf8Text(bytes, false);
  }
}

function encodingName(encoding) {
  if (encoding === undefined || encoding === null) return 'utf8';
  const name = String(encoding).toLowerCase();
  if (name === 'utf-8') return 'utf8';
  if (name === 'utf8' || name === 'hex' || name === 'base64' || name === 'base64url') return name;
  throw new TypeError('"' + encoding + '" encoding is not supported');
}

function viewOf(value) {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return undefined;
}

function TextEncoder() {
  if (!new.target) throw new TypeError('Constructor of TextEncoder requires new');
}
TextEncoder.prototype.encoding = 'utf-8';
TextEncoder.prototype.encode = function encode(text) {
  return utf8Bytes(text === undefined ? '' : String(text));
};
TextEncoder.prototype.encodeInto = function encodeInto(text, target) {
  let read = 0;
  let written = 0;
  text = String(text);
  while (read < text.length) {
    const units = text.codePointAt(read) > 0xffff ? 2 : 1;
    const bytes = utf8Bytes(text.substr(read, units));
    if (written + bytes.length > target.length) break;
    target.set(bytes, written);
    written += bytes.length;
    read += units;
  }
  return {read: read, written: written};
};

function TextDecoder(encoding, options) {
  if (!new.target) throw new TypeError('Constructor of TextDecoder requires new');
  if (encoding !== undefined && encodingName(encoding) !== 'utf8') {
    throw new RangeError('The "' + encoding + '" encoding is not supported');
  }
  const settings = Object(options);
  Object.defineProperty(this, 'encoding', {value: 'utf-8'});
  Object.defineProperty(this, 'fatal', {value: Boolean(settings.fatal)});
  Object.defineProperty(this, 'ignoreBOM', {value: Boolean(settings.ignoreBOM)});
}
TextDecoder.prototype.decode = function decode(source) {
  const bytes = source === undefined ? new Uint8Array(0) : viewOf(source);
  if (bytes === undefined) throw new TypeError('decode takes a buffer or a view of one');
  const text = utf8Text(bytes, this.fatal);
  return !this.ignoreBOM && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
};

function btoa(value) {
  const text = String(value);
  if (/[^\0-\xff]/.test(text)) throw new TypeError('invalid character (>= U+00FF)');
  return base64Text(latin1Bytes(text), false);
}

function atob(value) {
  const text = String(value).replace(/[\t\n\f\r ]/g, '');
  const bare = text.length % 4 === 0 ? text.replace(/={1,2}$/, '') : text;
  if (bare.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(bare)) throw new TypeError('the string is not correctly encoded');
  return latin1Text(base64Bytes(bare));
}
