// Writing: Ctrl or Cmd with Enter saves from any field of a form; a field of words separated by commas offers the known ones for each.
{
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const button = event.target.form?.querySelector("[data-submit]");
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  document.addEventListener("input", (event) => {
    const field = event.target.closest?.("[data-list-words]");
    if (!field?.list) return;
    field.known ??= [...field.list.options].map((option) => option.value);
    const before = field.value.split(",").slice(0, -1).map((word) => word.trim()).filter(Boolean);
    const start = before.length ? `${before.join(", ")}, ` : "";
    field.list.replaceChildren(...field.known.filter((word) => !before.includes(word)).map((word) => new Option(start + word, start + word)));
  });
}
