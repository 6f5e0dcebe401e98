// Keeps a part fresh: <section id="…" data-live="2" hx-get="…" hx-trigger="live" hx-swap="outerHTML">. Asks every 2 seconds,
// ever more rarely (up to 30) while nothing changes or the server is away, not at all while nobody looks; ends when the
// part comes back without data-live.
{
  const LONGEST = 30;
  const waits = new Map(); // id → {seconds, text, timer}

  const schedule = (part) => {
    const base = Math.max(1, Number(part.dataset.live) || 2);
    const known = waits.get(part.id);
    clearTimeout(known?.timer);
    const same = known && known.text === part.textContent;
    const seconds = same ? Math.min(LONGEST, known.seconds * 1.5) : base;
    const timer = setTimeout(() => ask(part.id), seconds * 1000);
    waits.set(part.id, { seconds, text: part.textContent, timer });
  };

  const ask = (id) => {
    const part = document.getElementById(id);
    if (!part?.hasAttribute("data-live")) waits.delete(id);
    else if (document.hidden) waits.get(id).timer = 0;
    else htmx.trigger(part, "live");
  };

  const start = () => {
    for (const part of document.querySelectorAll("[data-live][id]")) if (!waits.has(part.id)) schedule(part);
  };

  document.addEventListener("DOMContentLoaded", start);
  document.addEventListener("htmx:afterSettle", start);
  document.addEventListener("htmx:afterRequest", (event) => {
    const id = event.detail.target?.id;
    // after the swap, so that the new text is compared
    if (waits.has(id)) setTimeout(() => {
      const part = document.getElementById(id);
      if (part?.hasAttribute("data-live")) schedule(part);
      else waits.delete(id);
    }, 50);
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) for (const [id, wait] of waits) if (!wait.timer) ask(id);
  });
}
