// A row edited where it stands: Enter saves, Escape cancels, and the row that comes back is the current one.
{
  document.addEventListener("keydown", (event) => {
    const row = event.target.closest?.("[data-editing]");
    if (!row || event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      row.querySelector("[data-cancel]").click();
    } else if (event.key === "Enter" && event.target.matches("select")) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    const row = event.target;
    if (row.matches?.("tr[data-key-of]")) row.querySelector(".title a[href]")?.focus({ preventScroll: true });
  });
}
