// Copies data-copy="words", the text of data-copy-from="#id", or the address of the page with data-copy-link.
{
  const wanted = (button) => {
    if (button.hasAttribute("data-copy-link")) return location.href;
    if (button.dataset.copyFrom) {
      const source = document.querySelector(button.dataset.copyFrom);
      return source.value ?? source.textContent;
    }
    return button.dataset.copy;
  };

  // navigator.clipboard is missing on plain http away from localhost
  const copyOld = (text) => {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "visually-hidden";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) throw new Error("refused");
  };

  const say = (button, words) => {
    const before = button.dataset.words ?? button.textContent;
    button.dataset.words = before;
    button.textContent = words;
    setTimeout(() => {
      button.textContent = before;
    }, 1600);
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-from], [data-copy-link]");
    if (!button) return;
    event.preventDefault();
    try {
      if (navigator.clipboard) await navigator.clipboard.writeText(wanted(button));
      else copyOld(wanted(button));
      say(button, "Copied");
    } catch {
      say(button, "Could not copy");
    }
  });
}
