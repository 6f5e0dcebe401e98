// Moving by mouse and by Alt+arrow: [data-arrange="#form"] holds items [data-item]. A drop fills the form's item, target and place
// (before, after, inside, or last of the list [data-list] it fell into) and sends it; Alt+arrow presses the item's own [data-move] button.
{
  let dragged = null;
  let over = null;

  const itemOf = (element) => element.closest?.("[data-item]");
  const placeOf = (item, event) => {
    const box = item.getBoundingClientRect();
    const share = (event.clientY - box.top) / box.height;
    if (item.closest("[data-arrange]").hasAttribute("data-nest") && share > 0.3 && share < 0.7) return "inside";
    return share < 0.5 ? "before" : "after";
  };
  const clear = () => {
    over?.removeAttribute("data-drop");
    over = null;
  };

  document.addEventListener("dragstart", (event) => {
    dragged = itemOf(event.target);
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.item);
  });
  document.addEventListener("dragend", () => {
    clear();
    dragged = null;
  });
  document.addEventListener("dragover", (event) => {
    const found = dragged && (itemOf(event.target) ?? event.target.closest?.("[data-list]"));
    clear();
    if (!found || found === dragged || found.closest("[data-arrange]") !== dragged.closest("[data-arrange]")) return;
    event.preventDefault();
    over = found;
    over.dataset.drop = found.dataset.item ? placeOf(found, event) : "last";
  });
  document.addEventListener("drop", (event) => {
    if (!over || !dragged) return;
    event.preventDefault();
    const form = document.querySelector(dragged.closest("[data-arrange]").dataset.arrange);
    const values = { item: dragged.dataset.item, target: over.dataset.item ?? over.dataset.list, place: over.dataset.drop };
    for (const [name, value] of Object.entries(values)) form.querySelector(`[name=${name}]`).value = value;
    clear();
    form.requestSubmit();
  });

  document.addEventListener("keydown", (event) => {
    const item = event.altKey && !event.ctrlKey && !event.metaKey && itemOf(event.target);
    const button = item && item.querySelector(`[data-move="${event.key}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  // The part is swapped: whoever moved something by key goes on from where it now stands. What was moved is read from the request that
  // settles, so that a key pressed before that keeps its own place.
  document.addEventListener("htmx:afterSettle", (event) => {
    const asked = event.detail.requestConfig?.formData;
    const item = asked?.has("item") && document.querySelector(`[data-item="${CSS.escape(asked.get("item"))}"]`);
    if (!item) return;
    const button = item.querySelector(`[data-move][value="${CSS.escape(asked.get("to") ?? "")}"]`);
    (button && !button.disabled ? button : item.querySelector("a, input:not([type=hidden]), button:not([disabled])"))?.focus();
  });
}
