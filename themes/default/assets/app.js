// Makes the shop nicer. Everything works without it; whatever fails here falls back to a plain page.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  // Names one press of Add, so that a double press counts once.
  const token = () =>
    [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  const guard = (work) => {
    try {
      work();
    } catch (error) {
      console.error(error);
    }
  };

  // --- Add to basket without leaving the page -------------------------------------------------------------------
  const dialog = () => {
    const known = one("dialog.added-dialog");
    if (known) return known;
    const made = make("dialog", { className: "added-dialog" });
    made.setAttribute("aria-labelledby", "added-title");
    made.addEventListener("click", (event) => {
      if (event.target === made || event.target.closest("[data-close]")) {
        event.preventDefault();
        made.close();
      }
    });
    document.body.append(made);
    return made;
  };

  const add = async (form, button) => {
    const data = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, {
      method: "POST",
      body: data,
      headers: { "Tradewind-Fragment": "1" },
    });
    const html = await answer.text();
    const part = new DOMParser().parseFromString(html, "text/html").querySelector(".added");
    // A mistake or a page of its own: let the browser send the form; the same token makes it count once.
    if (!answer.ok || !part || one("main", part.ownerDocument)) return form.submit();
    form.elements.token.value = "";
    const box = dialog();
    box.replaceChildren(document.importNode(part, true));
    box.showModal();
    one("#added-title", box).focus();
    window.twPaint?.();
    box.addEventListener("close", () => button?.focus(), { once: true });
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-once]")) {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "1";
    }
    if (!form.matches("[data-add]")) return;
    if (!form.elements.token.value) form.elements.token.value = token();
    if (!window.HTMLDialogElement || form.dataset.busy) {
      if (form.dataset.busy) event.preventDefault();
      return;
    }
    event.preventDefault();
    form.dataset.busy = "1";
    add(form, event.submitter)
      .catch(() => form.submit())
      .finally(() => delete form.dataset.busy);
  });

  // --- Quantity steppers ----------------------------------------------------------------------------------------
  const stepper = (input) => {
    const form = input.form;
    const button = (label, sign, step) => {
      const made = make("button", { type: "button", ariaLabel: label }, sign);
      made.addEventListener("click", () => {
        const value = Math.min(+input.max, Math.max(+input.min, (+input.value || 0) + step));
        if (value === +input.value) return;
        input.value = value;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      });
      return made;
    };
    const frame = make("span", { className: "stepper" });
    input.replaceWith(frame);
    frame.append(button(input.dataset.less, "−", -1), input, button(input.dataset.more, "+", 1));
    if (!form.matches("[data-quantity]")) return;
    one("button[type=submit]", form).hidden = true;
    let timer;
    form.addEventListener("change", () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        sessionStorage.setItem("tw-at", input.id);
        form.requestSubmit();
      }, 500);
    });
    // The page was made anew for the change: go on where it was made.
    if (sessionStorage.getItem("tw-at") !== input.id) return;
    sessionStorage.removeItem("tw-at");
    input.focus();
  };

  // --- Product page ---------------------------------------------------------------------------------------------
  const words = one("#stock-words")?.dataset ?? {};
  const variants = JSON.parse(one("#variants")?.textContent ?? "{}");

  const showStock = (element, code, label) => {
    element.className = `stock ${code}`;
    (one("[data-label]", element) ?? element).textContent = label;
  };

  const showVariant = (form, id) => {
    const variant = variants[id];
    if (!variant) return;
    const price = one("[data-price]");
    if (price && variant.price) {
      const parts = variant.prior
        ? [
            make("ins", {}, variant.price), " ",
            make("del", {}, make("span", { className: "hidden" }, `${words.before} `), variant.prior),
          ]
        : [variant.price];
      if (variant.reduction) parts.push(" ", make("span", { className: "badge sale" }, variant.reduction));
      price.replaceChildren(...parts);
      one("[data-unit]").textContent = variant.unit;
      one("[data-prior-note]").hidden = !variant.prior;
      const tiers = one("[data-tiers]");
      if (tiers) {
        tiers.hidden = !variant.tiers;
        tiers.replaceChildren(...(variant.tiers ?? []).map((tier) => make("li", {}, tier)));
      }
    }
    const sku = one("[data-sku]");
    if (sku) sku.textContent = variant.sku;
    showStock(one("[data-stock-state]"), variant.stock, variant.label);
    const button = one("button.add", form);
    if (button) {
      button.dataset.label ??= button.textContent;
      button.disabled = !variant.buy;
      button.textContent = variant.buy ? button.dataset.label : button.dataset.soldOut;
    }
  };

  const buyForm = () => {
    const form = one("[data-buy]");
    if (!form) return;
    const chosen = () => new FormData(form).get("product");
    const wanted = location.hash.startsWith("#v-") ? location.hash.slice(3) : "";
    if (variants[wanted]) {
      for (const field of form.elements) {
        if (field.name !== "product") continue;
        if (field.type === "radio") field.checked = field.value === wanted;
        else field.value = wanted;
      }
    }
    form.addEventListener("change", (event) => {
      if (event.target.name !== "product") return;
      showVariant(form, chosen());
      showPicture(variants[chosen()]?.image ?? 0);
      history.replaceState(history.state, "", `#v-${chosen()}`);
    });
    showVariant(form, chosen());
    if (variants[wanted]) showPicture(variants[wanted].image);
  };

  const showPicture = (place) => {
    const strip = one(".gallery-strip");
    const picture = strip?.children[place];
    if (picture) strip.scrollTo({ left: picture.offsetLeft - strip.offsetLeft });
  };

  const gallery = () => {
    const strip = one(".gallery-strip");
    const thumbs = all(".thumbs a");
    if (!strip || !thumbs.length) return;
    thumbs.forEach((thumb, place) =>
      thumb.addEventListener("click", (event) => {
        event.preventDefault();
        showPicture(place);
      }),
    );
    const watch = new IntersectionObserver(
      (entries) => {
        const seen = entries.find((entry) => entry.isIntersecting);
        if (!seen) return;
        const place = [...strip.children].indexOf(seen.target);
        thumbs.forEach((thumb, other) =>
          other === place ? thumb.setAttribute("aria-current", "true") : thumb.removeAttribute("aria-current"),
        );
      },
      { root: strip, threshold: 0.6 },
    );
    [...strip.children].forEach((picture) => watch.observe(picture));
  };

  // --- Seen recently: kept in this browser only -----------------------------------------------------------------
  const recent = () => {
    const slot = one("[data-recent]");
    // Titles and addresses are a locale's own, so is the list.
    const key = `tw-seen-${slot?.dataset.recent ?? ""}`;
    let seen = [];
    try {
      seen = JSON.parse(localStorage.getItem(key)) ?? [];
    } catch {
      return;
    }
    const product = one("[data-product]");
    const id = product?.dataset.product;
    const others = seen.filter((entry) => entry.id !== id && /^\/(?!\/)/.test(entry.url));
    if (slot && others.length) {
      const entry = ({ url, title, src }) => {
        const link = make("a", { href: url });
        if (/^\/media\//.test(src)) link.append(make("img", { src, alt: "", width: 128, height: 128, loading: "lazy" }));
        link.append(title);
        return make("li", {}, link);
      };
      one("ul", slot).replaceChildren(...others.slice(0, 8).map(entry));
      slot.hidden = false;
    }
    if (!product) return;
    const src = one(".gallery-strip img")?.getAttribute("src") ?? "";
    const mine = { id, url: product.dataset.url, title: product.dataset.title, src };
    localStorage.setItem(key, JSON.stringify([mine, ...others].slice(0, 9)));
  };

  // --- Stock as it is now: one answer for all pages, the edge keeps it for seconds ------------------------------
  const order = ["available", "few_left", "sold_out", "not_for_sale"];
  const stock = async () => {
    const cards = all(".card[data-stock]").filter((card) => card.dataset.stock);
    const ids = new Set(cards.flatMap((card) => card.dataset.stock.split(",")));
    Object.values(variants).forEach((variant) => variant.record && ids.add(variant.record));
    if (!ids.size || !words.available) return;
    const read = async (address) => {
      const answer = await fetch(address);
      return answer.ok ? answer.json() : {};
    };
    let now = await read("/stock");
    if (now.ask) now = await read(`/stock?ids=${[...ids].sort().slice(0, 96).join(",")}`);
    for (const card of cards) {
      const codes = card.dataset.stock.split(",").map((id) => now[id]).filter(Boolean);
      const best = order.find((code) => codes.includes(code));
      const label = one("[data-stock-label]", card);
      if (!best || !label) continue;
      showStock(label, best, best === "available" ? "" : words[best]);
      if (best === "sold_out") one(".quick-add", card)?.remove();
    }
    for (const variant of Object.values(variants)) {
      const code = now[variant.record];
      if (!code || variant.stock === "not_for_sale") continue;
      Object.assign(variant, { stock: code, label: words[code], buy: order.indexOf(code) < 2 });
    }
    const form = one("[data-buy]");
    if (!form) return;
    for (const [id, variant] of Object.entries(variants)) {
      const choice = one(`[value="${id}"]`, form);
      const place = choice?.closest(".pill, option");
      const word = place && one("[data-word]", place);
      if (!word && !place?.matches("option")) continue;
      place.classList.toggle("sold-out", !variant.buy);
      if (word) word.textContent = variant.buy ? "" : variant.label;
      else place.textContent = place.dataset.words + (variant.buy ? "" : ` – ${variant.label}`);
    }
    showVariant(form, new FormData(form).get("product"));
  };

  // --- Listings: filters at once, more products without losing the place ----------------------------------------
  const filters = () => {
    const form = one("[data-filter]");
    if (!form) return;
    // Where the panel was opened by hand, it stands open on the next page too, at what was changed.
    const place = location.hash.slice(1);
    if (place === form.id || form.querySelector(`#${CSS.escape(place) || "_"}`)) form.parentElement.open = true;
    const stay = (field) => (form.parentElement.open ? `#${field.closest(".facet")?.id ?? form.id}` : "");
    const go = (hash) => {
      const data = new FormData(form);
      const names = ["q", "f", "min", "max", "sort"];
      const pairs = names.flatMap((name) => data.getAll(name).sort().map((value) => [name, String(value).trim()]));
      const kept = pairs.filter(([name, value]) => value && !(name === "sort" && value === "relevance"));
      const query = new URLSearchParams(kept).toString().replaceAll("%3A", ":").toLowerCase();
      location.href = form.getAttribute("action").split("#")[0] + (query ? `?${query}` : "") + hash;
    };
    // A price is half typed, and arrow keys walk through a list: both wait for Enter or the button.
    let byPointer = false;
    form.addEventListener("pointerdown", () => (byPointer = true));
    form.addEventListener("keydown", () => (byPointer = false));
    form.addEventListener("change", ({ target }) => {
      if (target.type === "checkbox" || (target.type === "select-one" && byPointer)) go(stay(target));
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      go(form.parentElement.open ? "#results" : "");
    });
  };

  const loadMore = () => {
    const link = one("[data-more]");
    const list = one(".results .cards");
    if (!link || !list) return;
    const next = async () => {
      const answer = await fetch(link.href);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const cards = all(".results .card", page).map((card) => document.importNode(card, true));
      if (!answer.ok || !cards.length) throw new Error("no more products");
      list.append(...cards);
      const after = one("[data-more]", page);
      if (after) link.href = after.href;
      else link.parentElement.remove();
      return cards;
    };
    // Back from a product finds the same products and the same spot, even when the page was thrown away meanwhile.
    const remember = (more) => history.replaceState({ ...history.state, more }, "");
    link.addEventListener("click", (event) => {
      event.preventDefault();
      next().then(
        (cards) => {
          remember((history.state?.more ?? 0) + 1);
          one("a", cards[0]).focus({ preventScroll: true });
          stock();
        },
        () => (location.href = link.href),
      );
    });
    const again = async (count) => {
      history.scrollRestoration = "manual";
      for (let page = 0; page < Math.min(count, 20) && link.isConnected; page += 1) await next();
      scrollTo(0, history.state.top ?? 0);
      history.scrollRestoration = "auto";
    };
    if (history.state?.more) again(history.state.more).catch(() => {});
    addEventListener("pagehide", () => {
      if (history.state?.more) history.replaceState({ ...history.state, top: scrollY }, "");
    });
  };

  // --- Suggestions as one types: a combobox (WAI-ARIA 1.2) ------------------------------------------------------
  const suggestions = () => {
    const form = one("[data-suggest]");
    const input = one("input", form ?? document);
    if (!form) return;
    const list = make("ul", { id: "suggestions", className: "suggestions", hidden: true, role: "listbox" });
    list.setAttribute("aria-label", input.placeholder);
    form.append(list);
    for (const [name, value] of [["role", "combobox"], ["aria-controls", list.id], ["aria-expanded", "false"], ["aria-autocomplete", "list"]])
      input.setAttribute(name, value);
    let at = -1;
    let asked = 0;
    const close = () => {
      list.hidden = true;
      at = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    const mark = (place) => {
      const options = [...list.children];
      at = (place + options.length + 1) % (options.length + 1);
      if (at === options.length) at = -1;
      options.forEach((option, other) => option.setAttribute("aria-selected", String(other === at)));
      if (at < 0) input.removeAttribute("aria-activedescendant");
      else input.setAttribute("aria-activedescendant", options[at].id);
    };
    const show = (entries) => {
      const marked = list.children[at]?.dataset.url;
      const option = (entry, place) => {
        const row = make("li", { id: `suggestion-${place}`, role: "option" });
        if (/^\/media\//.test(entry.image ?? "")) row.append(make("img", { src: entry.image, alt: "", width: 40, height: 40 }));
        row.append(make("span", {}, entry.text));
        if (entry.note) row.append(make("span", { className: "quiet" }, entry.note));
        row.dataset.url = entry.url;
        return row;
      };
      list.replaceChildren(...entries.slice(0, 8).map(option));
      // Whoever was faster than the answer keeps the row that they marked.
      mark([...list.children].findIndex((row) => row.dataset.url === marked));
      list.hidden = !entries.length;
      input.setAttribute("aria-expanded", String(!!entries.length));
    };
    const ask = async () => {
      const words = input.value.trim().toLowerCase();
      const mine = ++asked;
      if (words.length < 2) return close();
      const answer = await fetch(`${form.dataset.suggest}?${new URLSearchParams({ q: words })}`);
      const data = answer.ok ? await answer.json() : [];
      if (mine === asked && document.activeElement === input) show(data);
    };
    let timer;
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => ask().catch(close), 120);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !list.hidden) {
        // The browser empties a search field on Escape: that is the second press.
        event.preventDefault();
        close();
      }
      if (list.hidden || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
      event.preventDefault();
      mark(at + (event.key === "ArrowDown" ? 1 : at < 0 ? list.children.length : -1));
    });
    form.addEventListener("submit", (event) => {
      if (at < 0) return;
      event.preventDefault();
      location.href = list.children[at].dataset.url;
    });
    list.addEventListener("mousedown", (event) => {
      const row = event.target.closest("li");
      if (row) location.href = row.dataset.url;
    });
    input.addEventListener("blur", close);
  };

  // --- Small things ---------------------------------------------------------------------------------------------
  const rest = () => {
    all("[data-stepper]").forEach(stepper);
    all("[data-print]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => print());
    });
    const again = +(one("[data-again]")?.dataset.again ?? 0);
    if (again > 0) setTimeout(() => location.reload(), again * 1000);
    // Where the style sheet cannot open these for wide screens, do it here.
    if (!CSS.supports("selector(::details-content)") && matchMedia("(min-width: 56rem)").matches)
      all(".menu, .filters, .summary-fold").forEach((fold) => (fold.open = true));
  };

  addEventListener("pageshow", (event) => {
    if (event.persisted) all("[data-once]").forEach((form) => delete form.dataset.sent);
  });

  [rest, buyForm, gallery, recent, filters, loadMore, suggestions].forEach(guard);
  stock().catch(() => {});
})();
