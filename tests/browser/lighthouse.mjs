// Lighthouse on a phone's screen, for a shop that this machine serves: home, a category, a product, and the basket and
// the checkout with that product in it.
//
//     TEST_CHROMIUM=/usr/bin/chromium npm run lighthouse -- --at-least 95 http://localhost:8000
//
// Prints one line of JSON for each page, with its scores and what kept them from 100, and ends with 1 where a score
// is too low. TEST_CHROMIUM names the browser, TEST_CHROMIUM_ARGS the arguments to start it with.

import { parseArgs } from "node:util";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const PAGE_WAIT_MS_MAX = 45_000;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
// How many products are tried until one goes into the basket without a question.
const PRODUCTS_TRIED_MAX = 20;

const { values, positionals: shops } = parseArgs({
  allowPositionals: true,
  options: { "at-least": { type: "string", default: "0" } },
});
const atLeast = Number(values["at-least"]);
if (shops.length !== 1 || !(atLeast >= 0 && atLeast <= 100)) {
  console.error("usage: npm run lighthouse -- [--at-least SCORE] URL");
  process.exit(EXIT_USAGE);
}

const shop = new URL(shops[0]);
const category = links(await text("/"), "/category/")[0];
const { product, cookies } = await fill(category);
const pages = [["/"], [category], [product], ["/basket", cookies], ["/checkout", cookies]];
const chrome = await launch({
  chromePath: process.env.TEST_CHROMIUM,
  chromeFlags: (process.env.TEST_CHROMIUM_ARGS ?? "--headless=new").split(" ").filter(Boolean),
});
let low = false;
try {
  for (const [page, cookie] of pages) {
    const result = await lighthouse(new URL(page, shop).href, {
      port: chrome.port,
      ...(cookie && { extraHeaders: { Cookie: cookie } }),
      onlyCategories: CATEGORIES,
      maxWaitForLoad: PAGE_WAIT_MS_MAX,
      logLevel: "error",
    });
    const line = summary(page, result?.lhr);
    low ||= CATEGORIES.some((category) => !(line.scores[category] >= atLeast));
    console.log(JSON.stringify(line));
  }
} finally {
  chrome.kill();
}
process.exitCode = low ? EXIT_FAILED : 0;

/** A page's markup. */
async function text(path) {
  return (await fetch(new URL(path, shop))).text();
}

/** Addresses on a page that begin so, each once. */
function links(page, start) {
  return [...new Set([...page.matchAll(/href="([^"#?]+)"/g)].map(([, path]) => path))].filter((path) => path.startsWith(start));
}

/** Puts the first product of a category that asks for nothing into a basket; its page, and the cookies of the basket. */
async function fill(category) {
  for (const product of links(await text(category), "/product/").slice(0, PRODUCTS_TRIED_MAX)) {
    const id = (await text(product)).match(/name="product" value="([^"]+)"/)?.[1];
    if (!id) continue;
    const body = new URLSearchParams({ product: id, quantity: "1" });
    const added = await fetch(new URL("/basket/lines", shop), { method: "POST", body, headers: { Origin: shop.origin } });
    if (added.ok) return { product, cookies: added.headers.getSetCookie().map((cookie) => cookie.split(";")[0]).join("; ") };
  }
  throw new Error(`no product of ${category} goes into the basket`);
}

/** Scores from 0 to 100, null where Lighthouse could not tell, and the checks that cost points. */
function summary(page, report) {
  const score = (category) => {
    const share = report?.categories[category]?.score;
    return share === null || share === undefined ? null : Math.round(share * 100);
  };
  const costly = (category) =>
    (report?.categories[category]?.auditRefs ?? [])
      .filter(({ id, weight }) => weight > 0 && report.audits[id].score !== null && report.audits[id].score < 1)
      .map(({ id }) => id);
  return {
    page,
    scores: Object.fromEntries(CATEGORIES.map((category) => [category, score(category)])),
    faults: CATEGORIES.flatMap(costly),
    ...(report?.runtimeError && { error: report.runtimeError.message }),
  };
}
