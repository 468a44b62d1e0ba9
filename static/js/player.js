// The player of sequences: steps come ahead in one request, are shown at once, and play in the time that they take to read.
"use strict";
(() => {
  const RETRY_MS = [1000, 2000, 4000, 8000];
  const LATE_MS = 150;
  const TIMEOUT_MS = 15_000;
  const SAID = JSON.parse("PLAYS")[document.documentElement.lang.slice(0, 2)];
  const isStill = matchMedia("(prefers-reduced-motion: reduce)");
  const runs = new Map(); // of each player's id: its run, the steps that have come, and where the reader wants to be

  const playerOf = (element) => element?.closest?.("[data-player][data-steps]");
  const handOf = (player) => document.getElementById(`${player.id}-hand`);
  const part = (player, name) => document.getElementById(`${player.id}-${name}`);
  const status = document.getElementById("status");
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  const runOf = (player) => {
    const known = runs.get(player.id);
    const { run: key, last, steps } = player.dataset;
    const step = Number(handOf(player).dataset.step);
    if (known && known.key === key && known.url === steps) return known;
    if (known) stop(player, known);
    const speed = known?.speed ?? Number(player.dataset.speed);
    const run = { key, url: steps, last: Number(last), frames: new Map(), want: step, shown: step, speed, playing: false, dragging: false, left: 0, open: [] };
    runs.set(player.id, run);
    return run;
  };
  const isPredicting = (player) => "predicting" in handOf(player).dataset;

  // What came of a request is a step's markup; a line that fails is tried again until it is back.
  const ask = async (url) => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!answer.ok) throw new Error(`${answer.status}`);
    return (await answer.json()).steps;
  };
  const keep = (run, steps) => { for (const [step, html] of Object.entries(steps)) run.frames.set(Number(step), html); };

  const fetchAhead = (player) => {
    const run = runOf(player);
    if (isPredicting(player)) return Promise.resolve();
    run.ahead ??= ask(run.url).then((steps) => {
      keep(run, steps);
      run.isAll = true;
      found(player, "step");
      refill(player, run);
      show(player);
    }, () => { run.ahead = null; });
    return run.ahead;
  };

  // The controls say when the line is down, and go on by themselves when it is back.
  const pending = new Map(); // of each player's id: what to do again
  const lost = (player, of, again) => {
    const before = pending.get(player.id);
    clearTimeout(before?.timer);
    const tries = before ? before.tries + 1 : 0;
    const timer = setTimeout(() => retry(player.id), RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]);
    pending.set(player.id, { of, again, tries, timer });
    showLost(player);
    if (status.textContent !== SAID.lost) status.textContent = SAID.lost;
  };
  const showLost = (player) => {
    const isLost = pending.has(player.id);
    player.classList.toggle("lost", isLost);
    const note = part(player, "trouble");
    if (!isLost) note?.remove();
    else if (!note) part(player, "stage")?.append(Object.assign(document.createElement("p"), { id: `${player.id}-trouble`, className: "trouble", textContent: SAID.lost }));
  };
  const retry = (id) => {
    const waiting = pending.get(id);
    if (!waiting || !document.getElementById(id)) return;
    clearTimeout(waiting.timer);
    waiting.again();
  };
  // An answer came: what else waits is asked again at once. Another run leaves nothing to wait for.
  const found = (player, of) => {
    const waiting = pending.get(player.id);
    if (!waiting) return;
    if (of === "step" && waiting.of !== "step") { retry(player.id); return; }
    clearTimeout(waiting.timer);
    pending.delete(player.id);
    showLost(player);
    status.textContent = SAID.found;
  };
  addEventListener("online", () => { for (const id of [...pending.keys()]) retry(id); });

  // One step after the other: while one is on its way, the last wish of the reader waits for it.
  const go = (player, step) => {
    const run = runOf(player);
    run.want = Math.max(1, Math.min(run.last, step));
    hold(player, run);
    mark(player, run);
    show(player);
  };
  const mark = (player, run) => {
    const slider = part(player, "ruler");
    if (!slider) return;
    if (Number(slider.value) !== run.want) slider.value = run.want;
    if (run.want !== run.shown) slider.setAttribute("aria-valuetext", fill(player.dataset.of, { step: run.want }));
  };
  const show = async (player) => {
    const run = runOf(player);
    if (run.isTurning) return; // the other way of playing is on its way, and begins at the step that is wanted
    if (run.busy || run.want === run.shown) { if (run.want === run.shown) settle(player, run); return; }
    run.busy = true;
    const late = setTimeout(() => { player.setAttribute("aria-busy", "true"); part(player, run.want > run.shown ? "forward" : "back")?.classList.add("late"); }, LATE_MS);
    try {
      if (!run.frames.has(run.want)) {
        const { want } = run;
        if (!run.ahead) fetchAhead(player);
        keep(run, await Promise.any([run.ahead.then(() => { if (!run.frames.has(want)) throw new Error("not ahead"); return {}; }), ask(`${run.url}${run.url.includes("?") ? "&" : "?"}only=${want}`)]));
        found(player, "step");
      }
      if (!player.isConnected || runs.get(player.id) !== run) return;
      const html = run.frames.get(run.want);
      if (html) {
        run.shown = run.want;
        run.isLean = !run.isAll;
        await swap(player, run, html);
      }
    } catch {
      lost(player, "step", () => show(player));
    } finally {
      clearTimeout(late);
      player.removeAttribute("aria-busy");
      part(player, "forward")?.classList.remove("late");
      part(player, "back")?.classList.remove("late");
      run.busy = false;
    }
    if (run.isAll) refill(player, run);
    if (run.frames.has(run.want)) show(player);
  };
  // A step that came alone, or with a lesson, lacks what is folded; that is filled in when all have come.
  const refill = (player, run) => {
    if (!player.isConnected || !run.isAll || run.busy || runs.get(player.id) !== run) return;
    const hand = handOf(player);
    if (!run.isLean && !("short" in hand.dataset)) return;
    run.isLean = false;
    delete hand.dataset.short;
    run.open.push(...[...hand.querySelectorAll("details[open]")].map((each) => each.id));
    const parts = new DOMParser().parseFromString(run.frames.get(run.shown), "text/html");
    for (const name of ["panes", "closer"]) {
      const [old, full] = [part(player, name), parts.getElementById(`${player.id}-${name}`)];
      if (!old || !full) continue;
      for (const id of run.open) full.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
      full.open = old.open;
      const held = old.contains(document.activeElement) && document.activeElement.closest("details")?.id;
      old.replaceWith(full);
      if (held) document.getElementById(held)?.querySelector("summary").focus({ preventScroll: true });
    }
  };
  const swap = async (player, run, html) => {
    quiet(player, run);
    const hand = handOf(player);
    run.open = [...hand.querySelectorAll("details[open]")].map((each) => each.id);
    const hush = run.playing || run.dragging;
    await htmx.swap({ text: hush ? html.replace('role="status"', 'role="status" aria-live="off"') : html, target: hand, sourceElement: hand, swap: "outerMorph", request: {}, hx: {} });
    if (!("embedded" in player.dataset)) {
      const page = new URL(handOf(player).dataset.page, location.href);
      if (run.speed !== 1) page.searchParams.set("speed", run.speed); else page.searchParams.delete("speed");
      history.replaceState({ htmx: true }, "", page);
    }
  };
  // While it plays or is dragged, not every step is read out.
  const quiet = (player, run) => {
    const region = part(player, "say");
    if (!region) return;
    if (run.playing || run.dragging) region.setAttribute("aria-live", "off"); else region.removeAttribute("aria-live");
  };

  // After each swap: buttons and ruler say what holds.
  const settle = (player, run) => {
    const hand = handOf(player);
    if (!hand) return;
    run.shown = Number(hand.dataset.step);
    const ended = run.shown >= run.last && run.want >= run.last;
    if (run.playing && ended) run.playing = false;
    player.querySelector(".track .gone")?.setAttribute("x2", `${(100 * (run.shown - 1)) / Math.max(1, run.last - 1)}%`);
    const here = player.querySelector("input[data-here]");
    if (here) { here.value = run.shown; here.disabled = run.shown === 1; }
    player.classList.toggle("playing", run.playing);
    const what = part(player, "play")?.querySelector(".what");
    if (what) what.textContent = run.playing ? SAID.pause : ended ? SAID.again : SAID.play;
    for (const button of player.querySelectorAll(".speed button")) button.setAttribute("aria-pressed", String(Number(button.dataset.speed) === run.speed));
    if (run.want === run.shown) { const slider = part(player, "ruler"); if (slider && Number(slider.value) !== run.shown) slider.value = run.shown; }
    quiet(player, run);
    showLost(player);
    if (run.playing && run.want === run.shown && !run.timer && !run.dragging && !document.hidden) tick(player, run, run.left || stayOf(player, run));
    else if (!run.playing) tell(player, run, 0);
  };

  // The clock of a step: how long it stays, and what is left of that.
  const stayOf = (player, run) => Number(handOf(player).dataset.stay) / run.speed;
  const tick = (player, run, ms) => {
    const full = stayOf(player, run);
    run.until = performance.now() + ms;
    player.classList.remove("held");
    const bar = part(player, "play")?.querySelector(".bar");
    if (bar) {
      bar.style.setProperty("--stay", `${full}ms`);
      bar.style.setProperty("--since", `${ms - full}ms`);
      for (const each of bar.getAnimations()) { each.currentTime = full - ms; each.play(); }
    }
    const count = () => {
      const left = run.until - performance.now();
      tell(player, run, left);
      if (left > 20) { run.timer = setTimeout(count, Math.min(left, left % 1000 || 1000)); return; }
      run.timer = 0;
      run.left = 0;
      if (run.shown < run.last) go(player, run.shown + 1);
    };
    count();
  };
  const tell = (player, run, ms) => {
    const left = part(player, "left");
    const text = ms > 0 ? `${Math.ceil(ms / 1000)} s` : "";
    if (left && left.textContent !== text) left.textContent = text;
    if (left) left.title = ms > 0 ? fill(SAID.left, { seconds: Math.ceil(ms / 1000) }) : "";
  };
  const hold = (player, run) => {
    clearTimeout(run.timer);
    run.timer = 0;
    run.left = 0;
  };
  const pause = (player, run) => {
    const left = run.timer ? Math.max(0, run.until - performance.now()) : 0;
    clearTimeout(run.timer);
    run.timer = 0;
    run.left = left;
    player.classList.add("held");
  };
  const stop = (player, run) => {
    pause(player, run);
    run.playing = false;
  };
  // What is looked at comes into the window: picture, transport and words.
  const bringIn = (player, block, isAtOnce = isStill.matches) => {
    const [hand, words] = [handOf(player), part(player, "say")];
    const isAbove = hand.getBoundingClientRect().top < 0;
    if (!isAbove && words.getBoundingClientRect().bottom <= innerHeight) return;
    (isAbove || block === "start" ? hand : words).scrollIntoView({ block, behavior: isAtOnce ? "instant" : "smooth" });
  };
  const toggle = (player) => {
    const run = runOf(player);
    if (run.playing) { stop(player, run); run.want = run.shown; settle(player, run); quiet(player, run); return; }
    for (const [id, other] of runs) if (other.playing && id !== player.id) { const each = document.getElementById(id); if (each) { stop(each, other); settle(each, other); } }
    run.playing = true;
    fetchAhead(player);
    bringIn(player, "start");
    if (run.shown >= run.last) go(player, 1);
    settle(player, run);
  };
  document.addEventListener("visibilitychange", () => {
    for (const [id, run] of runs) {
      const player = document.getElementById(id);
      if (!player || !run.playing) continue;
      if (document.hidden) pause(player, run); else settle(player, run);
    }
  });

  // Where steps are predicted, each comes from the server with its question.
  const reach = (player, step) => {
    const { goto } = part(player, "ruler").dataset;
    htmx.ajax("GET", `${goto}${goto.includes("?") ? "&" : "?"}step=${step}`, { source: player, target: `#${player.id}`, swap: "outerMorph" });
  };

  // Before htmx sees it: a click that leads to a step is a step of ours.
  const isPlain = (event) => !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  addEventListener("click", (event) => {
    const player = playerOf(event.target);
    if (!player || !isPlain(event) || isPredicting(player)) return;
    const run = runOf(player);
    const link = event.target.closest("a, button");
    if (!link) return;
    const mine = () => { event.preventDefault(); event.stopImmediatePropagation(); };
    if (link.dataset.key === "play") { mine(); toggle(player); }
    else if (link.dataset.key === "back") { mine(); go(player, run.want - 1); }
    else if (link.dataset.key === "forward") { mine(); go(player, run.want + 1); }
    else if (link.dataset.to) { mine(); go(player, Number(link.dataset.to)); }
    else if (link.matches(".mode, .change")) {
      for (const name of ["href", "hx-get"]) link.setAttribute(name, link.getAttribute(name).replace(/\bstep=\d+/, `step=${run.shown}`));
      if (link.matches(".mode")) { stop(player, run); run.want = run.shown; run.isTurning = true; }
    } else if (link.matches(".speed button")) {
      mine();
      const left = run.timer ? (run.until - performance.now()) * run.speed : 0;
      run.speed = Number(link.dataset.speed);
      pause(player, run);
      run.left = left / run.speed;
      settle(player, run);
    }
  }, true);

  // The ruler: under the finger it shows each step at once, and says the one where it is let go.
  addEventListener("input", (event) => {
    const player = event.target.matches?.("[data-player] .slider input") ? playerOf(event.target) : null;
    if (!player || isPredicting(player)) return;
    event.stopImmediatePropagation();
    go(player, Number(event.target.value));
  }, true);
  addEventListener("change", (event) => {
    const player = event.target.matches?.("[data-player] .slider input") ? playerOf(event.target) : null;
    if (!player) return;
    event.stopImmediatePropagation();
    if (isPredicting(player)) reach(player, event.target.value);
  }, true);
  addEventListener("pointerdown", (event) => {
    const player = playerOf(event.target);
    if (!player) return;
    if (event.target.closest(".hand")) fetchAhead(player);
    if (event.target.matches(".slider input")) { const run = runOf(player); run.dragging = true; pause(player, run); run.left = 0; }
  }, true);
  const release = () => {
    for (const [id, run] of runs) {
      if (!run.dragging) continue;
      run.dragging = false;
      const player = document.getElementById(id);
      if (player) { settle(player, run); if (!run.playing) say(player); }
    }
  };
  for (const name of ["pointerup", "pointercancel"]) addEventListener(name, () => setTimeout(release), true);
  // What was shown silently is said once: the region is filled anew.
  const say = (player) => {
    const told = part(player, "say")?.querySelector("p");
    if (told) told.replaceWith(told.cloneNode(true));
  };
  addEventListener("focusin", (event) => { const player = playerOf(event.target); if (player && event.target.closest(".transport")) fetchAhead(player); });

  // What a lesson has folded comes when it is unfolded.
  const unfold = (player) => fetchAhead(player).then(() => refill(player, runOf(player)));
  addEventListener("toggle", (event) => { if (event.target.open && event.target.closest?.("[data-short]")) unfold(playerOf(event.target)); }, true);

  // Keys: on the player that has the focus, else on the one that plays or fills most of the window.
  const keys = { ArrowLeft: "back", ArrowRight: "forward", " ": "play", Home: "first", End: "last" };
  const visible = (element) => {
    const box = element.getBoundingClientRect();
    return Math.max(0, Math.min(box.bottom, innerHeight) - Math.max(box.top, 0));
  };
  let keysOn = true;
  try { keysOn = localStorage.getItem("keys") !== "off"; } catch { /* on for this page */ }
  // Keys are nothing without a script: what they do stands in it.
  const tellKeys = (fold) => {
    if (fold.querySelector("p")) return;
    fold.insertAdjacentHTML("beforeend", `<p>${SAID.keys}</p><p><label><input type="checkbox" id="${fold.id}-on" data-keys-on> ${SAID["keys-on"]}</label></p>`);
  };
  const showKeys = () => {
    document.querySelectorAll("[data-keys]").forEach(tellKeys);
    for (const box of document.querySelectorAll("[data-keys-on]")) box.checked = keysOn;
  };
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-keys-on]")) return;
    keysOn = event.target.checked;
    try { localStorage.setItem("keys", keysOn ? "on" : "off"); } catch { /* for this page only */ }
  });
  const typed = "textarea, select, [contenteditable], input:not([type=range], [type=radio], [type=checkbox])";
  addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest(typed)) return;
    if (keysOn && event.key === "?") {
      const help = (playerOf(event.target) || document).querySelector("[data-keys]");
      if (help) { help.open = true; help.querySelector("summary").focus(); }
    }
    const key = keys[event.key];
    if (!key || event.shiftKey) return;
    const focused = playerOf(event.target);
    const playing = [...runs].filter(([, run]) => run.playing).map(([id]) => document.getElementById(id)).find(Boolean);
    if (key === "play") {
      const isOwn = event.target.closest("button, summary, a:not([data-key]), input:not([type=range])") && !event.target.closest("[data-key=play]");
      // Whoever it plays for can pause it, wherever it was started; starting needs the player.
      const player = playing || (keysOn && !event.target.closest("pre") && (focused || document.querySelector("[data-player][data-steps]:not([data-embedded])")));
      if (!player || isOwn || isPredicting(player) || !(playing || visible(player) > innerHeight / 3)) return;
      event.preventDefault();
      if (!event.repeat) toggle(player);
      return;
    }
    if (!keysOn || event.target.closest("button:not([data-key], .speed button), summary, pre, input")) return;
    const players = [...document.querySelectorAll("[data-player][data-steps]")];
    const player = focused || players.filter((each) => visible(each) > innerHeight / 3).sort((a, b) => visible(b) - visible(a))[0];
    if (!player || (!focused && (key === "first" || key === "last"))) return;
    event.preventDefault();
    if (isPredicting(player)) { player.querySelector(`[data-key=${key}]`)?.click(); return; }
    const run = runOf(player);
    go(player, { back: run.want - 1, forward: run.want + 1, first: 1, last: run.last }[key]);
  });
  // A button is pressed when Space goes up: what Space has done is done.
  addEventListener("keyup", (event) => { if (event.key === " " && event.target.closest?.("[data-key=play]")) event.preventDefault(); });

  // Everything else that a player asks for, where the line fails: said, kept, and asked again.
  const unanswered = (event) => {
    const source = event.detail?.ctx?.sourceElement;
    const player = playerOf(source) || playerOf(event.detail?.ctx?.target);
    if (!player) return;
    event.preventDefault();
    lost(player, "run", () => {
      if (source.matches("form")) source.requestSubmit(); else if (source.isConnected && source !== player) source.click();
    });
  };
  document.addEventListener("htmx:error", (event) => { if (event.detail.error instanceof TypeError) unanswered(event); });
  document.addEventListener("htmx:before:response", (event) => { if (event.detail.ctx.response.status >= 500) unanswered(event); });

  const look = (isAnswer) => {
    showKeys();
    for (const player of document.querySelectorAll("[data-player][data-steps]")) {
      const run = runOf(player);
      if (!run.busy) { run.shown = Number(handOf(player).dataset.step); if (isAnswer) run.want = run.shown; }
      if ("playing" in handOf(player).dataset) { delete handOf(player).dataset.playing; if (!run.playing) toggle(player); }
      settle(player, run);
      if (player.querySelector("[data-short] details[open]")) unfold(player);
    }
  };
  document.addEventListener("htmx:after:swap", (event) => {
    const { target } = event.detail?.ctx || {};
    const player = target?.matches?.("[data-player]") ? document.getElementById(target.id) : null;
    const known = player && runs.get(player.id);
    const before = known?.key;
    const wish = known?.isTurning ? known.want : 0; // of who went on before the other way of playing was there
    if (known) known.isTurning = false;
    if (player?.dataset.steps) found(player, "run");
    look(Boolean(player));
    if (wish && player.dataset.steps && wish !== runOf(player).shown) { if (isPredicting(player)) reach(player, wish); else go(player, wish); }
    // Another run was chosen above it.
    if (before && before !== player.dataset.run && part(player, "say")) bringIn(player, "nearest");
  });
  look(true);
  // A picture that fills most of a phone's window, opened by its address; who comes back stays where they were.
  const opened = document.querySelector(".model.plays [data-player]");
  const isNew = performance.getEntriesByType("navigation")[0]?.type === "navigate";
  if (opened && isNew && !location.hash && part(opened, "say")) bringIn(opened, "nearest", true);
})();
