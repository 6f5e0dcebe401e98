// Ticking rows: all at once, a stretch with Shift, and a bar that says how many. Inside one form or [data-select].
{
  const area = (element) => element.closest("[data-select], form");
  const boxes = (place) => [...place.querySelectorAll("input[type=checkbox][name=selected]")];
  let last = null;

  const tell = (place) => {
    const all = boxes(place);
    const ticked = all.filter((box) => box.checked);
    for (const box of all) box.closest("tr")?.setAttribute("aria-selected", String(box.checked));
    for (const bar of place.querySelectorAll(".bulk")) bar.classList.toggle("on", ticked.length > 0);
    for (const count of place.querySelectorAll("[data-selected-count]")) count.textContent = ticked.length;
    const whole = place.querySelector("[data-select-all]");
    if (!whole) return;
    whole.checked = all.length > 0 && ticked.length === all.length;
    whole.indeterminate = ticked.length > 0 && ticked.length < all.length;
  };

  const stretch = (place, box) => {
    const all = boxes(place);
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    if (from < 0) return;
    for (const between of all.slice(from, to)) between.checked = box.checked;
  };

  document.addEventListener("click", (event) => {
    const box = event.target;
    if (!box.matches?.("input[type=checkbox]") || !area(box)) return;
    if (box.hasAttribute("data-select-all")) for (const one of boxes(area(box))) one.checked = box.checked;
    else if (box.name !== "selected") return;
    else if (event.shiftKey && last) stretch(area(box), box);
    last = box;
    tell(area(box));
  });

  const start = () => {
    const places = new Set([...document.querySelectorAll("input[name=selected]")].map(area));
    for (const place of places) if (place) tell(place);
  };
  document.addEventListener("DOMContentLoaded", start);
  document.addEventListener("htmx:afterSettle", start);
}
