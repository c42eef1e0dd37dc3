// Brings the page up to date every two seconds while somebody looks at it. Texts are set as text, never as HTML.
(() => {
  "use strict";
  const EVERY_MS = 2000;
  const TIMEOUT_MS = 10000;
  const status = document.querySelector("[data-status]");

  const ask = async (address) => {
    const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!answer.ok) throw new Error(address + " answered " + answer.status);
    return answer;
  };

  const element = (name, text) => {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  };

  const fillTable = (body, table) => {
    body.replaceChildren(...table.rows.map((cells) => {
      const row = document.createElement("tr");
      cells.forEach((cell, index) => {
        const made = element(index ? "td" : "th", cell);
        if (index) made.dataset.label = table.head[index];
        else made.scope = "row";
        row.append(made);
      });
      return row;
    }));
  };

  const drawChart = async (place) => {
    const text = await (await ask("/charts/" + place.dataset.chart + ".svg")).text();
    const drawing = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    if (drawing.nodeName === "svg") place.replaceChildren(document.importNode(drawing, true));
  };

  const refresh = async () => {
    const shown = (await (await ask("/report.json")).json()).shown;
    for (const place of document.querySelectorAll("[data-value]")) {
      const text = shown[place.dataset.value];
      if (place.textContent !== text) place.textContent = text;
    }
    for (const body of document.querySelectorAll("[data-rows]")) fillTable(body, shown.tables[body.dataset.rows]);
    for (const list of document.querySelectorAll("[data-list]")) {
      list.replaceChildren(...shown[list.dataset.list].map((text) => element("li", text)));
    }
    await Promise.all([...document.querySelectorAll("[data-chart]")].map(drawChart));
  };

  const round = async () => {
    if (!document.hidden) {
      try {
        await refresh();
        if (status.textContent) status.textContent = "";
      } catch {
        if (!status.textContent) status.textContent = "No answer since " + new Date().toLocaleTimeString() + ": these numbers stand still.";
      }
    }
    setTimeout(round, EVERY_MS);
  };
  setTimeout(round, EVERY_MS);
})();
