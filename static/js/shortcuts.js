// Single keys, never while typing. Any link, button or field with data-key="e" answers to that key; one in the current
// row goes before one elsewhere. Rows are those of a table with data-rows, or any element with data-row.
{
  const ROWS = "[data-rows] > tbody:not(.group) > tr, [data-row]";
  let goPressed = -Infinity;

  const enabled = () => {
    try {
      return localStorage.getItem("shortcuts") !== "off";
    } catch {
      return true;
    }
  };
  const typing = (target) => target.isContentEditable || target.matches?.("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
  const shown = (element) => element.offsetParent !== null || element.closest("details.menu");
  const rows = () => [...document.querySelectorAll(ROWS)].filter(shown);
  const current = () => document.querySelector(":is([data-rows] > tbody > tr, [data-row])[aria-current=true]");
  const opening = (row) => row.querySelector("a[data-open], .title a[href], a[href]");

  const mark = (row) => {
    current()?.removeAttribute("aria-current");
    row.setAttribute("aria-current", "true");
  };

  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(current());
    const row = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))];
    mark(row);
    row.scrollIntoView({ block: "nearest" });
    opening(row)?.focus({ preventScroll: true });
  };

  const activate = (element) => {
    if (element.matches("input, textarea, select")) {
      element.focus();
      element.select?.();
    } else element.click();
  };

  const byKey = (key) => {
    const selector = `[data-key="${CSS.escape(key)}"]`;
    const found = current()?.querySelector(selector) ?? [...document.querySelectorAll(selector)].find(shown);
    if (found) activate(found);
    return Boolean(found);
  };

  const go = (key) => {
    const link = document.querySelector(`a[data-go="${CSS.escape(key)}"]`);
    if (link) location.assign(link.href);
    return Boolean(link);
  };

  const onRow = (key) => {
    const row = current();
    if (!row) return false;
    const target = key === "x" ? row.querySelector("input[type=checkbox]") : opening(row);
    target?.click();
    return Boolean(target);
  };

  const answer = (key) => {
    if (performance.now() - goPressed < 1200) {
      goPressed = -Infinity;
      return go(key);
    }
    if (key === "g") goPressed = performance.now();
    else if (key === "j") move(1);
    else if (key === "k") move(-1);
    else if (byKey(key)) return true;
    else return key === "x" && onRow(key);
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && typing(event.target)) event.target.blur();
    if (typing(event.target) || document.querySelector("dialog[open]") || !enabled()) return;
    // Enter on a link, button or tick box is the browser's own
    if (event.key === "Enter") {
      if (event.target === document.body && onRow("Enter")) event.preventDefault();
    } else if (event.key.length === 1 && answer(event.key)) event.preventDefault();
  });

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.(ROWS);
    if (row) mark(row);
  });

  // The help tells of keys that do something here, and of those only this page has
  const describe = () => {
    const help = document.getElementById("help");
    const works = (key) => ({ j: rows().length, k: rows().length, Enter: rows().length, x: document.querySelector("input[name=selected]"), "Ctrl Enter": document.querySelector("[data-submit]") })[key] ?? document.querySelector(key.startsWith("g ") ? `a[data-go="${key[2]}"]` : `[data-key="${CSS.escape(key)}"]`);
    for (const line of help.querySelectorAll("[data-of]")) line.hidden = !works(line.dataset.of);
    const own = help.querySelector("[data-of-page]");
    const known = new Set([...help.querySelectorAll("[data-of]")].map((line) => line.dataset.of));
    const more = [...document.querySelectorAll("[data-key]")].filter((one) => one.dataset.key.length === 1 && one.dataset.key !== "?" && !known.has(one.dataset.key) && known.add(one.dataset.key));
    own.replaceChildren(...more.map((one) => {
      const [line, name, keys, key] = ["div", "dt", "dd", "kbd"].map((kind) => document.createElement(kind));
      name.textContent = one.dataset.command ?? one.getAttribute("aria-label") ?? [...one.childNodes].filter((part) => part.nodeName !== "KBD").map((part) => part.textContent).join("").replace(/\s+/g, " ").trim();
      key.textContent = one.dataset.key;
      keys.append(key);
      line.append(name, keys);
      return line;
    }));
    own.hidden = more.length === 0;
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-dialog=help]")) describe();
  }, { capture: true });

  document.addEventListener("DOMContentLoaded", () => {
    const box = document.querySelector("[data-shortcuts-switch]");
    if (!box) return;
    box.checked = enabled();
    box.addEventListener("change", () => {
      try {
        localStorage.setItem("shortcuts", box.checked ? "on" : "off");
      } catch {
        box.checked = true;
      }
    });
  });
}
