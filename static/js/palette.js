// Ctrl/Cmd+K: what can be done on this page, where it leads, what was open lately, and what the search finds, in one list.
{
  const LIMIT = 12;
  const RECENT = 8;
  const ACTIONS = "main [data-command], main [data-key], main .buttons :is(a, button), .top a[data-key], [data-theme-toggle], [data-dialog=help]";
  let waiting = 0;
  let items = [];

  const dialog = () => document.getElementById("palette");
  const box = () => dialog().querySelector("input");
  const list = () => document.getElementById("palette-results");
  const chosen = () => list().querySelector("[aria-selected=true]");
  const words = (element) => (element.dataset.command ?? element.getAttribute("aria-label") ?? [...element.childNodes].filter((node) => node.nodeName !== "KBD").map((node) => node.textContent).join(" ")).replace(/\s+/g, " ").trim();

  // Kept by name, so that the next person at this screen does not see what the last one read
  const recent = () => {
    try {
      const kept = JSON.parse(localStorage.getItem("recent") ?? "{}");
      return kept.user === dialog().dataset.user ? kept.pages : [];
    } catch {
      return [];
    }
  };
  const remember = () => {
    const page = { url: location.pathname, label: document.title.replace(/ · Plumbline$/, "") };
    if (document.querySelector(`.side li a[href="${CSS.escape(page.url)}"]`) || page.url === "/search/" || !document.querySelector("main h1")) return;
    const pages = [page, ...recent().filter((one) => one.url !== page.url)].slice(0, RECENT);
    try {
      localStorage.setItem("recent", JSON.stringify({ user: dialog().dataset.user, pages }));
    } catch {
      // storage may be forbidden
    }
  };

  const here = () => {
    const found = new Map();
    const add = (key, item) => item.label.length > 1 && !found.has(key) && found.set(key, item);
    for (const one of document.querySelectorAll(ACTIONS)) {
      if (one.matches("input, select, textarea, [disabled]") || one.closest("[hidden], dialog")) continue;
      add(one.href || words(one), { label: words(one), kind: "Do", run: () => one.click() });
    }
    for (const link of document.querySelectorAll(".side li a")) add(link.href, { url: link.href, label: words(link), kind: "Go to" });
    for (const page of recent()) if (page.url !== location.pathname) add(new URL(page.url, location.href).href, { ...page, kind: "Lately" });
    for (const link of document.querySelectorAll(".top a[href^='/?product=']")) add(link.href, { url: link.href, label: `Switch to ${words(link)}`, kind: "Product" });
    for (const link of document.querySelectorAll("main a[href]")) {
      const address = link.getAttribute("href");
      if (!address.startsWith("#") && !link.hasAttribute("download")) add(link.href, { url: link.href, label: words(link), kind: "On this page" });
    }
    return [...found.values()];
  };

  // Higher is nearer: the beginning of a word, somewhere inside, letters in order; 0 for no match
  const nearness = (text, query) => {
    if (!query) return 1;
    const [whole, wanted] = [text.toLowerCase(), query.toLowerCase()];
    if (wanted.split(/\s+/).every((word) => new RegExp(`(^|[^\\p{L}\\p{N}])${word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`, "u").test(whole))) return 4 - whole.length / 1000;
    if (wanted.split(/\s+/).every((word) => whole.includes(word))) return 3 - whole.length / 1000;
    let at = -1;
    let gaps = 0;
    for (const letter of wanted.replace(/\s/g, "")) {
      const next = whole.indexOf(letter, at + 1);
      if (next < 0) return 0;
      gaps += at >= 0 ? next - at - 1 : 0;
      at = next;
    }
    return gaps <= 2 * wanted.length ? 2 - gaps / 100 : 0;
  };

  const option = (item, index) => {
    const row = document.createElement("li");
    row.id = `palette-${index}`;
    row.role = "option";
    row.setAttribute("aria-selected", String(index === 0));
    for (const [text, style] of [[item.label, "clip"], [item.kind ?? "", "quiet small"]]) {
      const part = document.createElement("span");
      part.className = style;
      part.textContent = text;
      row.append(part);
    }
    return row;
  };

  const show = (found) => {
    items = found.slice(0, LIMIT);
    list().replaceChildren(...items.map(option));
    dialog().querySelector("[role=status]").textContent = items.length ? `${items.length} found` : "Nothing found";
    point();
  };
  const point = () => {
    box().setAttribute("aria-activedescendant", chosen()?.id ?? "");
    chosen()?.scrollIntoView({ block: "nearest" });
  };

  const judged = (label) => {
    const address = new URL(location.href);
    if (label) address.searchParams.set("version", label);
    else address.searchParams.delete("version");
    return address.href;
  };

  const search = async (query) => {
    const address = dialog().dataset.searchUrl;
    if (!address || query.length < 2) return [];
    const reply = await fetch(`${address}?q=${encodeURIComponent(query)}`, { headers: { Accept: "application/json" } });
    if (!reply.ok) return [];
    const found = await reply.json();
    const versions = (found.versions ?? []).map((one) => ({ label: `Judge ${one.label}`, kind: "Version", url: judged(one.version) }));
    const hits = (found.results ?? []).filter((item) => item.url && new URL(item.url, location.href).origin === location.origin);
    const views = (found.views ?? []).map((one) => ({ ...one, view: true }));
    return [...views, ...hits, ...versions, ...(hits.length ? [{ label: `All results for “${query}”`, kind: "Search", url: `${dialog().dataset.pageUrl}?q=${encodeURIComponent(query)}` }] : [])];
  };

  const refresh = () => {
    const query = box().value.trim();
    const near = here().map((item) => [nearness(item.label, query), item]).filter(([score]) => score > 0);
    if (query) near.sort(([one], [other]) => other - one);
    const best = near.map(([, item]) => item);
    show(best);
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const far = await search(query).catch(() => []);
      const known = new Set(best.slice(0, LIMIT / 2).map((item) => item.url));
      // A key is meant literally
      const first = /^[a-z][a-z0-9]*-?\d+$/i.test(query) ? far.filter((item) => !item.view).slice(0, 1) : [];
      if (far.length && box().value.trim() === query) show([...first, ...best.slice(0, LIMIT / 2), ...far.filter((item) => !first.includes(item) && !known.has(new URL(item.url, location.href).href))]);
    }, 150);
  };

  const step = (to) => {
    const options = [...list().children];
    if (!options.length) return;
    const next = (to(options.indexOf(chosen())) + options.length) % options.length;
    options.forEach((row, index) => row.setAttribute("aria-selected", String(index === next)));
    point();
  };
  const take = (row) => {
    const item = items[[...list().children].indexOf(row)];
    if (!item) return;
    dialog().close();
    if (item.run) item.run();
    else location.assign(item.url);
  };
  const open = () => {
    if (document.querySelector("dialog[open]")) return;
    box().value = "";
    refresh();
    dialog().showModal();
  };

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== "k" || !dialog()) return;
    event.preventDefault();
    if (dialog().open) dialog().close();
    else open();
  });
  document.addEventListener("click", (event) => event.target.closest?.("[data-palette]") && dialog() && open());

  document.addEventListener("DOMContentLoaded", () => {
    if (!dialog()) return;
    remember();
    box().addEventListener("input", refresh);
    box().addEventListener("keydown", (event) => {
      const to = { ArrowDown: (at) => at + 1, ArrowUp: (at) => at - 1, PageDown: (at) => Math.min(at + 6, list().children.length - 1), PageUp: (at) => Math.max(at - 6, 0) }[event.key];
      if (to) step(to);
      else if (event.key === "Enter" && !event.isComposing) take(chosen());
      else return;
      event.preventDefault();
    });
    list().addEventListener("click", (event) => take(event.target.closest("li")));
    dialog().addEventListener("click", (event) => event.target === dialog() && dialog().close());
  });
}
