// Answers that were given without a connection wait here, with the attempt's id, and are sent when the line is back.
"use strict";
(() => {
  const KEY = "waiting";
  const SAID = JSON.parse("WAITS")[document.documentElement.lang.slice(0, 2)];
  const strip = Object.assign(document.createElement("p"), { id: "waiting", role: "status", hidden: true });
  document.getElementById("status").before(strip);
  const read = () => { try { return JSON.parse(localStorage.getItem(KEY)) || []; } catch { return []; } };
  const write = (list) => { try { localStorage.setItem(KEY, JSON.stringify(list)); return true; } catch { return false; } };
  const show = () => {
    const count = read().length;
    strip.hidden = !count;
    document.documentElement.classList.toggle("unsent", count > 0);
    const said = SAID[count === 1 ? "one" : "many"].replace("{count}", count);
    if (count && strip.textContent !== said) strip.textContent = said;
    for (const each of document.querySelectorAll("[data-question]")) each.classList.toggle("waits", read().some((one) => one.root === each.id));
  };

  document.addEventListener("htmx:error", (event) => {
    const request = event.detail.ctx?.request;
    if (!(event.detail.error instanceof TypeError) || request?.method !== "POST" || !/^\/fragments\/(en|zh)\/quiz\//.test(request.action)) return;
    const body = String(request.body);
    const attempt = new URLSearchParams(body).get("attempt");
    const root = event.detail.ctx.sourceElement.closest("[data-question]")?.id;
    if (!attempt || !root) return;
    const others = read().filter((each) => each.attempt !== attempt);
    if (write([...others, { action: request.action, body, attempt, root }].slice(-200))) show();
  });

  // One after the other: what was taken, or refused for good, waits no longer; where the line is cut again all the rest waits.
  let sending = false;
  const send = async () => {
    if (sending) return;
    sending = true;
    try {
      for (const each of read()) {
        const response = await fetch(each.action, { method: "POST", body: new URLSearchParams(each.body), headers: { "HX-Request": "true", Accept: "text/html" } });
        if (response.status >= 500 || response.status === 429) break;
        write(read().filter((other) => other.attempt !== each.attempt));
        const question = document.getElementById(each.root);
        if (question?.classList.contains("waits") && response.ok) {
          question.outerHTML = await response.text();
          window.htmx?.process(document.getElementById(each.root));
          document.dispatchEvent(new CustomEvent("htmx:after:swap", { bubbles: true, detail: {} }));
        }
        show();
      }
      if (!read().length) document.body.dispatchEvent(new Event("answered"));
    } catch { /* still no line */ } finally { sending = false; }
  };
  addEventListener("online", send);
  addEventListener("storage", (event) => { if (event.key === KEY) show(); });
  show();
  if (read().length) send();
})();
