import cf from 'cloudfront';

// What the edge does before cache and store: one host, one spelling of every path, no tracking parameters, no cookies
// where pages are the same for everybody, and on the front page the market of the visitor's country.
//
// Keys of the store: `host`, the canonical host (absent: any host will do), and `market:DE`, a path such as `/de/`.

const MARKET_COOKIE = 'tw_market';
// First segments of what is a visitor's own, or a file.
const NOT_PAGES = /^\/(basket|checkout|order|pay|account|dashboard|api|webhooks|download|static|media)(\/|$)/;
const TRACKING = /^(utm_.*|gclid|fbclid|msclkid|mc_cid|mc_eid|_ga)$/;

async function handler(event) {
  const request = event.request;
  const isPage = !NOT_PAGES.test(request.uri);
  // A redirect would turn a POST into a GET.
  const isRead = request.method === 'GET' || request.method === 'HEAD';

  if (isRead) {
    const host = await valueOf('host');
    const isForeign = host !== undefined && 'host' in request.headers && request.headers.host.value !== host;
    const path = isPage ? withoutSlash(request.uri) : request.uri;
    if (isForeign) {
      return redirect(301, 'https://' + host + path, event);
    }
    if (path !== request.uri) {
      return redirect(301, local(path), event);
    }
  }
  if (request.method === 'GET' && request.uri === '/' && mayMove(request)) {
    const market = await valueOf('market:' + request.headers['cloudfront-viewer-country'].value);
    if (market !== undefined && local(market) !== '/') {
      return redirect(302, withoutSlash(local(market)), event);
    }
  }

  if (isPage) {
    request.cookies = {};
  }
  Object.keys(request.querystring).forEach((name) => {
    if (TRACKING.test(name)) {
      delete request.querystring[name];
    }
  });
  return request;
}

// Who has chosen a market stays there. Crawlers send no languages: for them `/` stays what it is.
function mayMove(request) {
  const headers = request.headers;
  return 'cloudfront-viewer-country' in headers && 'accept-language' in headers && !(MARKET_COOKIE in request.cookies);
}

async function valueOf(key) {
  try {
    return await cf.kvs().get(key);
  } catch (error) {
    return undefined;
  }
}

function withoutSlash(path) {
  return path.replace(/\/+$/, '') || '/';
}

// A Location that begins with two slashes, or with one that browsers take for the second, names a host.
function local(path) {
  return path.replace(/^[\/\\]*/, '/');
}

function redirect(status, location, event) {
  const query = event.request.rawQueryString();
  return {
    statusCode: status,
    statusDescription: status === 301 ? 'Moved Permanently' : 'Found',
    headers: {
      'location': {value: location + (query ? '?' + query : '')},
      'cache-control': {value: status === 301 ? 'public, max-age=3600' : 'private, no-store'},
    },
  };
}
