// Runs before the page is painted: the chosen theme must stand from the first pixel.
{
  const NAMES = ["auto", "light", "dark"];
  const root = document.documentElement;
  root.classList.add("js");

  const stored = () => {
    try {
      return NAMES.includes(localStorage.getItem("theme")) ? localStorage.getItem("theme") : "auto";
    } catch {
      return "auto"; // storage may be forbidden
    }
  };

  const apply = (name) => {
    if (name === "auto") delete root.dataset.theme;
    else root.dataset.theme = name;
    for (const label of document.querySelectorAll("[data-theme-name]")) label.textContent = name;
  };

  apply(stored());
  document.addEventListener("DOMContentLoaded", () => apply(stored()));
  window.addEventListener("storage", () => apply(stored()));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const next = NAMES[(NAMES.indexOf(stored()) + 1) % NAMES.length];
    try {
      localStorage.setItem("theme", next);
    } catch {
      // the choice then lasts as long as the page
    }
    apply(next);
  });
}
