// Rows of a table with data-order are put in order: dragged by the handle, or the current one with Alt and an arrow.
{
  const isRow = (row) => row?.matches("[data-order] tr[data-key-of]");
  const keyOf = (row) => row.dataset.keyOf;
  let dragged = null;
  let start = null;
  let kept = Promise.resolve();

  const say = (words) => {
    const place = document.querySelector("[data-order-said]");
    if (place) place.textContent = words;
  };

  const putBack = (row, next, parent, words) => {
    parent.insertBefore(row, next);
    document.dispatchEvent(new CustomEvent("toast", { detail: { level: "error", text: words } }));
  };

  // Tells the server where the row stands now, one move after the other; back it goes when that is refused
  const keep = (row, from) => {
    const [before, after] = [row.previousElementSibling, row.nextElementSibling];
    const place = isRow(before) ? { where: "after", other: keyOf(before) } : { where: "before", other: keyOf(after) };
    kept = kept.then(() => send(row, place, from));
  };

  const send = async (row, place, { next, parent }) => {
    const form = document.getElementById("move-row");
    const body = new URLSearchParams(place);
    const headers = { Accept: "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
    try {
      const reply = await fetch(`/requirements/${keyOf(row)}/move/`, { method: "POST", headers, body, keepalive: true });
      if (reply.ok) say(`${keyOf(row)} moved.`);
      else putBack(row, next, parent, (await reply.json().catch(() => ({}))).sentence ?? "It could not be moved.");
    } catch {
      putBack(row, next, parent, "The server could not be reached. Nothing was moved.");
    }
  };

  document.addEventListener("keydown", (event) => {
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    const row = document.querySelector("[data-order] tr[data-key-of][aria-current=true]");
    if (!row) return;
    event.preventDefault();
    const up = event.key === "ArrowUp";
    const other = up ? row.previousElementSibling : row.nextElementSibling;
    if (!isRow(other)) return say("It is at the end of this page.");
    const from = { next: row.nextElementSibling, parent: row.parentElement };
    if (up) other.before(row);
    else other.after(row);
    row.querySelector(".title a[href]")?.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    keep(row, from);
  });

  document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest?.("[data-handle]");
    if (!handle || event.button) return;
    event.preventDefault();
    dragged = handle.closest("tr");
    start = { next: dragged.nextElementSibling, parent: dragged.parentElement };
    dragged.classList.add("dragged");
  });

  document.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    const over = document.elementFromPoint(event.clientX, event.clientY)?.closest("tr");
    if (!over || over === dragged || !isRow(over)) return;
    const box = over.getBoundingClientRect();
    if (event.clientY < box.top + box.height / 2) over.before(dragged);
    else over.after(dragged);
  });

  const drop = (cancelled) => {
    if (!dragged) return;
    const row = dragged;
    dragged = null;
    row.classList.remove("dragged");
    if (cancelled) start.parent.insertBefore(row, start.next);
    else if (row.nextElementSibling !== start.next) keep(row, start);
  };
  document.addEventListener("pointerup", () => drop(false));
  document.addEventListener("pointercancel", () => drop(true));
}
