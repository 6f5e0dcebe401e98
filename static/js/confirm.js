// data-confirm="What will happen?" on a button or link asks first; data-confirm-label names the answer.
{
  let agreed = null;

  const ask = (control) => {
    const dialog = document.getElementById("confirm");
    dialog.querySelector("[data-confirm-words]").textContent = control.dataset.confirm;
    dialog.querySelector("[data-confirm-ok]").textContent = control.dataset.confirmLabel ?? "Continue";
    dialog.returnValue = "cancel";
    dialog.showModal();
    dialog.addEventListener("close", () => {
      control.focus();
      if (dialog.returnValue !== "ok") return;
      agreed = control;
      control.click();
    }, { once: true });
  };

  // In the capture phase, so that htmx and forms hear of the click only after the answer
  document.addEventListener("click", (event) => {
    const control = event.target.closest?.("[data-confirm]");
    if (!control) return;
    if (agreed === control) {
      agreed = null;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(control);
  }, { capture: true });
}
