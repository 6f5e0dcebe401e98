// The side navigation on a phone, menus that close by themselves, and dialogs opened by a button.
{
  const side = () => document.getElementById("side");
  const opener = () => document.querySelector("[data-menu-open]");

  const toggleSide = (open) => {
    side().classList.toggle("open", open);
    opener().setAttribute("aria-expanded", String(open));
    if (open) side().querySelector("[data-menu-close]").focus();
    else opener().focus();
  };

  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
  };

  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details.menu"));
    const control = event.target.closest("[data-menu-open], [data-menu-close], [data-dialog]");
    if (!control) return;
    event.preventDefault();
    if (control.dataset.dialog) {
      closeMenus();
      document.getElementById(control.dataset.dialog)?.showModal();
    } else toggleSide(control.hasAttribute("data-menu-open"));
  });

  // A menu whose list would leave the page opens to the other side.
  document.addEventListener("toggle", ({ target }) => {
    const list = target.open && target.matches("details.menu") && target.querySelector(".menu-list");
    if (list && list.getBoundingClientRect().right > document.documentElement.clientWidth) target.classList.remove("left");
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (side()?.classList.contains("open")) toggleSide(false);
  });

  document.addEventListener("DOMContentLoaded", () => {
    opener()?.setAttribute("role", "button");
    opener()?.setAttribute("aria-expanded", "false");
    document.querySelector("[data-focus]")?.focus();
  });
}
