// Ctrl/Cmd+K: every page that this page links to, and what the search finds, in one list.
{
  const LIMIT = 12;
  let waiting = 0;

  const dialog = () => document.getElementById("palette");
  const box = () => dialog().querySelector("input");
  const list = () => document.getElementById("palette-results");
  const chosen = () => list().querySelector("[aria-selected=true]");

  const linked = () => {
    const found = new Map();
    for (const link of document.querySelectorAll(".side li a, .top a[data-key], main a[href]")) {
      const words = link.textContent.replace(/\s+/g, " ").trim();
      if (words.length < 2 || link.getAttribute("href").startsWith("#") || link.hasAttribute("download") || found.has(link.href)) continue;
      const place = link.closest(".side") ? "Go to" : link.closest(".top") ? "Do" : "On this page";
      found.set(link.href, { url: link.href, label: words, kind: place });
    }
    return [...found.values()];
  };

  const matches = (text, query) => query.toLowerCase().split(/\s+/).every((word) => text.toLowerCase().includes(word));

  const option = (item, index) => {
    const row = document.createElement("li");
    row.id = `palette-${index}`;
    row.role = "option";
    row.dataset.url = item.url;
    row.setAttribute("aria-selected", String(index === 0));
    const label = document.createElement("span");
    label.className = "clip";
    label.textContent = item.label;
    const kind = document.createElement("span");
    kind.className = "quiet small";
    kind.textContent = item.kind ?? "";
    row.append(label, kind);
    return row;
  };

  const show = (items) => {
    list().replaceChildren(...items.slice(0, LIMIT).map(option));
    point();
  };
  const point = () => {
    box().setAttribute("aria-activedescendant", chosen()?.id ?? "");
    chosen()?.scrollIntoView({ block: "nearest" });
  };

  const search = async (query) => {
    const address = dialog().dataset.searchUrl;
    if (!address || query.length < 2) return [];
    const reply = await fetch(`${address}?q=${encodeURIComponent(query)}`, { headers: { Accept: "application/json" } });
    if (!reply.ok) return [];
    const found = await reply.json();
    return (found.results ?? []).filter((item) => item.url && new URL(item.url, location.href).origin === location.origin);
  };

  const refresh = () => {
    const query = box().value.trim();
    const near = linked().filter((item) => matches(item.label, query));
    show(near);
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const far = await search(query).catch(() => []);
      if (far.length && box().value.trim() === query) show([...near.slice(0, LIMIT / 2), ...far]);
    }, 150);
  };

  const step = (by) => {
    const options = [...list().children];
    if (!options.length) return;
    const next = (options.indexOf(chosen()) + by + options.length) % options.length;
    options.forEach((row, index) => row.setAttribute("aria-selected", String(index === next)));
    point();
  };
  const open = (row) => row && location.assign(row.dataset.url);

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k" || !dialog()) return;
    event.preventDefault();
    if (dialog().open) return dialog().close();
    if (document.querySelector("dialog[open]")) return;
    box().value = "";
    refresh();
    dialog().showModal();
  });

  document.addEventListener("DOMContentLoaded", () => {
    if (!dialog()) return;
    box().addEventListener("input", refresh);
    box().addEventListener("keydown", (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (by) step(by);
      else if (event.key === "Enter") open(chosen());
      else return;
      event.preventDefault();
    });
    list().addEventListener("click", (event) => open(event.target.closest("li")));
    dialog().addEventListener("click", (event) => event.target === dialog() && dialog().close());
  });
}
