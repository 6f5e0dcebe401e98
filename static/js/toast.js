// Short news in the corner: from the server by the header HX-Trigger {"toast": {"level", "text"}}, or when a request fails.
{
  const GLYPHS = { success: "✓", warning: "!", error: "✕" };

  const toast = (level, text) => {
    const message = document.createElement("div");
    message.className = `message ${level}`;
    const glyph = document.createElement("span");
    glyph.className = "glyph";
    glyph.ariaHidden = "true";
    glyph.textContent = GLYPHS[level] ?? "·";
    const words = document.createElement("span");
    words.textContent = text;
    message.append(glyph, words);
    document.getElementById("toasts").append(message);
    setTimeout(() => message.remove(), level === "error" ? 12000 : 5000);
  };

  document.addEventListener("toast", (event) => toast(event.detail.level ?? "info", event.detail.text ?? ""));
  document.addEventListener("htmx:responseError", (event) => {
    const quiet = event.target.closest?.("[data-live]");
    if (!quiet) toast("error", `That did not work (${event.detail.xhr.status}). Reload the page and try again.`);
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (!event.target.closest?.("[data-live]")) toast("error", "The server could not be reached. Nothing was changed.");
  });
}
