// Groups of a list fold and stay folded while the tab is open.
{
  const folded = () => {
    try {
      return new Set(JSON.parse(sessionStorage.getItem("folded") ?? "[]"));
    } catch {
      return new Set();
    }
  };

  const show = (button, open) => {
    button.setAttribute("aria-expanded", String(open));
    button.closest("tbody").nextElementSibling.hidden = !open;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-collapse]");
    if (!button) return;
    const open = button.getAttribute("aria-expanded") !== "true";
    show(button, open);
    const labels = folded();
    labels[open ? "delete" : "add"](button.dataset.collapse);
    try {
      sessionStorage.setItem("folded", JSON.stringify([...labels]));
    } catch {
      // Private windows may keep nothing: then groups fold for this page only
    }
  });

  const start = () => {
    const labels = folded();
    for (const button of document.querySelectorAll("[data-collapse]")) if (labels.has(button.dataset.collapse)) show(button, false);
  };
  document.addEventListener("DOMContentLoaded", start);
  document.addEventListener("htmx:afterSettle", start);
}
