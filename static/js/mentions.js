// Typing @ in a field that takes mentions offers the people who may be named: arrows move, Enter or Tab takes, Esc closes.
{
  let field = null, list = null, asked = 0;

  const word = () => field.value.slice(0, field.selectionStart).match(/(?:^|[^\w@/.+-])@([\w.@+-]*)$/)?.[1];
  const options = () => [...(list?.children ?? [])];
  const chosen = () => options().find((row) => row.ariaSelected === "true");

  const close = () => {
    list?.remove();
    list = null;
    for (const name of ["aria-controls", "aria-activedescendant"]) field?.removeAttribute(name);
  };
  const choose = (row) => {
    for (const one of options()) one.ariaSelected = String(one === row);
    field.setAttribute("aria-activedescendant", row.id);
  };
  const take = (row) => {
    const end = field.selectionStart, start = end - word().length;
    field.setRangeText(`${row.dataset.name} `, start, end, "end");
    close();
  };
  const option = (person, index) => {
    const row = document.createElement("li");
    row.id = `mention-${index}`;
    row.role = "option";
    row.dataset.name = person.username;
    const name = document.createElement("span");
    name.textContent = `@${person.username}`;
    const shown = document.createElement("span");
    shown.className = "quiet";
    shown.textContent = person.name === person.username ? "" : person.name;
    row.append(name, shown);
    row.addEventListener("mousedown", (event) => { event.preventDefault(); take(row); });
    return row;
  };
  const show = (people) => {
    close();
    if (!people.length) return;
    list = document.createElement("ul");
    list.id = "mention-list";
    list.className = "mention-list";
    list.role = "listbox";
    list.ariaLabel = "People";
    list.append(...people.map(option));
    field.parentElement.classList.add("mention-box");
    field.after(list);
    list.style.top = `${field.offsetTop + field.offsetHeight}px`;
    field.setAttribute("aria-controls", list.id);
    choose(list.firstElementChild);
  };

  document.addEventListener("input", async (event) => {
    if (!event.target.matches?.("textarea[data-mentions]")) return;
    field = event.target;
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-haspopup", "listbox");
    const beginning = word(), mine = ++asked;
    if (beginning === undefined) return close();
    const reply = await fetch(`${field.dataset.mentions}&q=${encodeURIComponent(beginning)}`, { headers: { Accept: "application/json" } });
    if (reply.ok && mine === asked) show((await reply.json()).results);
  });
  document.addEventListener("keydown", (event) => {
    if (!list || event.target !== field) return;
    const rows = options(), at = rows.indexOf(chosen());
    if (event.key === "ArrowDown") choose(rows[(at + 1) % rows.length]);
    else if (event.key === "ArrowUp") choose(rows[(at - 1 + rows.length) % rows.length]);
    else if (event.key === "Enter" || event.key === "Tab") take(rows[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  document.addEventListener("focusout", (event) => { if (event.target === field) close(); });
}
