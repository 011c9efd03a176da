// The dashboard. It shows what the API says and nothing else: lists are asked for once, then the event stream keeps them true.

const KEY = "reeve-key";
const SIGNED_IN = "reeve-signed-in"; // the key is of a session and dies with it
const SHOWN = 10;

const byId = (id) => document.getElementById(id);
const number = new Intl.NumberFormat();
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

const state = {
  key: sessionStorage.getItem(KEY),
  active: new Map(), // jobs that run or are frozen, by id
  lastEvent: "",
  stream: null, // AbortController of the open stream
  refreshing: false,
  refreshAgain: false,
  timer: 0,
};

// ---- words for figures ------------------------------------------------------------------------------------------------------

function bytes(count) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let unit = 0;
  let value = Math.abs(count);
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${count < 0 ? "−" : ""}${value.toFixed(digits)} ${units[unit]}`;
}

function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const two = (value) => String(value).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function ago(ms) {
  const seconds = Math.round((ms - Date.now()) / 1000);
  for (const [unit, length] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return "just now";
}

function percent(part, whole) {
  return whole > 0 ? `${Math.round((100 * part) / whole)} %` : "";
}

/** A moment, in words that are kept true while they are shown. */
function when(ms) {
  const element = make("time", "", ago(ms));
  element.dateTime = new Date(ms).toISOString();
  element.title = new Date(ms).toLocaleString();
  return element;
}

setInterval(() => {
  for (const element of document.querySelectorAll("time")) element.textContent = ago(Date.parse(element.dateTime));
}, 30000);

const fileName = (path) => path.slice(path.lastIndexOf("/") + 1) || path;
const directory = (path) => (path.lastIndexOf("/") > 0 ? path.slice(0, path.lastIndexOf("/")) : "");

// ---- building -----------------------------------------------------------------------------------------------------------------

function make(tag, className, ...content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content.filter((part) => part !== null && part !== undefined && part !== ""));
  return element;
}

function fact(value, label) {
  return make("span", "", make("strong", "", value), label ? ` ${label}` : "");
}

function what(path, ...more) {
  return make("div", "what", make("div", "name", fileName(path)), directory(path) ? make("div", "place", directory(path)) : null, ...more);
}

function say(text) {
  byId("announcer").textContent = text;
}

function complain(text) {
  byId("notice").textContent = text ?? "";
  byId("notice").hidden = !text;
}

/** A button that does one thing, and says so when it cannot. With `sure` it asks by changing its words, once. */
function action(label, about, act, { sure } = {}) {
  const button = make("button", "quiet", label);
  button.type = "button";
  button.setAttribute("aria-label", `${label}: ${about}`);
  let asked = !sure;
  const calm = () => {
    asked = !sure;
    button.classList.remove("sure");
    button.textContent = label;
    button.setAttribute("aria-label", `${label}: ${about}`);
  };
  button.addEventListener("blur", calm);
  button.addEventListener("click", async () => {
    if (!asked) {
      asked = true;
      button.classList.add("sure");
      button.textContent = sure;
      button.setAttribute("aria-label", `${sure} ${about}`);
      return;
    }
    button.disabled = true;
    complain();
    try {
      await act();
      say(`${label}: ${about}`);
    } catch (error) {
      complain(error.message);
    } finally {
      button.disabled = false;
      calm();
      refreshSoon();
    }
  });
  return button;
}

// ---- the API --------------------------------------------------------------------------------------------------------------------

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers: { ...(state.key ? { "X-Api-Key": state.key } : {}), ...(body ? { "Content-Type": "application/json" } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
  } catch {
    throw new Error("Reeve does not answer. Is it running?");
  }
  const text = await response.text();
  let answer = {};
  try {
    answer = text ? JSON.parse(text) : {};
  } catch {
    answer = { detail: `The server answered with ${response.status}, and not in JSON.` };
  }
  if (response.status === 401 && state.key) leave("This key does not work, or no more; sign in again.");
  if (!response.ok) throw new Error(answer.detail ?? `The server answered with ${response.status}.`);
  return answer;
}

const post = (path, body) => call("POST", path, body);

// ---- totals -----------------------------------------------------------------------------------------------------------------------

function total(className, label, figure, note) {
  return make("div", className, make("dt", "", label), make("dd", "figure", figure), make("dd", "note", note || "\u00a0"));
}

function showTotals(stats) {
  const odd = [
    stats.files_failed ? `${number.format(stats.files_failed)} unreadable` : "",
    stats.files_missing ? `${number.format(stats.files_missing)} missing` : "",
  ].filter(Boolean).join(", ");
  const share = percent(stats.bytes_saved, stats.bytes_before);
  byId("totals").replaceChildren(
    total("", "Files", number.format(stats.files), odd),
    total("", "Library", bytes(stats.library_bytes)),
    total("saved", "Saved", bytes(stats.bytes_saved), stats.replaced ? `${number.format(stats.replaced)} replaced${share ? `, ${share} smaller` : ""}` : ""),
    total("", "Trash", bytes(stats.trash_bytes), stats.trash_entries ? `${number.format(stats.trash_entries)} files kept` : ""),
  );
  const counts = [["running", stats.jobs_running], ["waiting", stats.jobs_pending], ["held", stats.jobs_held], ["failed", stats.jobs_failed], ["done", stats.jobs_done]];
  byId("counts").replaceChildren(
    ...counts.map(([label, count]) => make("div", label === "failed" && count ? "bad" : "", make("dt", "", label), make("dd", "", number.format(count)))),
  );
}

// ---- what is being worked on ------------------------------------------------------------------------------------------------------

const isActive = (job) => job.state === "running" || (job.state === "paused" && job.lease_owner);

function encodeFacts(detail) {
  const facts = [];
  if (detail.fps > 0) facts.push(fact(detail.fps.toFixed(detail.fps < 10 ? 1 : 0), "fps"));
  if (detail.speed > 0) facts.push(fact(`${detail.speed.toFixed(2)}×`, "speed"));
  if (detail.eta_ms !== null && detail.eta_ms !== undefined) facts.push(fact(duration(detail.eta_ms), "left"));
  if (detail.output_bytes > 0) {
    const expected = detail.predicted_bytes > 0 ? `of about ${bytes(detail.predicted_bytes)}` : "written";
    facts.push(fact(bytes(detail.output_bytes), expected));
  }
  if (detail.passes > 1) facts.push(fact(`${detail.pass} of ${detail.passes}`, "passes"));
  return facts;
}

function scanFacts(detail) {
  const facts = [fact(number.format(detail.found), "found")];
  if (detail.probed > 0) facts.push(fact(number.format(detail.probed), "probed"));
  if (detail.failed > 0) facts.push(fact(number.format(detail.failed), "failed"));
  if (detail.per_second >= 1) facts.push(fact(number.format(Math.round(detail.per_second)), "a second"));
  if (detail.eta_ms !== null && detail.eta_ms !== undefined) facts.push(fact(duration(detail.eta_ms), "left"));
  return facts;
}

function jobFacts(job) {
  const facts = [fact(`${(100 * job.progress).toFixed(job.kind === "transcode" ? 1 : 0)} %`)];
  const detail = job.progress_detail;
  if (!detail) return facts;
  return facts.concat("found" in detail ? scanFacts(detail) : encodeFacts(detail));
}

/** One card; its buttons stay the same elements while the figures change, so that focus and clicks are not lost. */
function jobCard(job) {
  const name = fileName(job.title);
  const bar = make("progress");
  bar.max = 1;
  bar.setAttribute("aria-label", `Progress of ${name}`);
  const card = make("li");
  card.badge = make("span", "badge");
  card.bar = bar;
  card.facts = make("div", "facts");
  card.pause = action("Pause", name, () => post(`/jobs/${job.id}/pause`));
  card.resume = action("Resume", name, () => post(`/jobs/${job.id}/resume`));
  card.cancel = action("Cancel", name, () => post(`/jobs/${job.id}/cancel`), { sure: "Really cancel?" });
  const place = make("div", "place", card.badge, directory(job.title));
  card.append(
    make("div", "top", make("div", "what", make("div", "name", name), place), make("div", "actions", card.pause, card.resume, card.cancel)),
    card.bar,
    card.facts,
  );
  return card;
}

function updateCard(card, job) {
  const leaving = job.directive === "cancel" || job.directive === "return";
  card.badge.textContent = leaving ? (job.directive === "cancel" ? "cancelling" : "going back") : job.state === "paused" ? "paused" : job.kind;
  card.badge.classList.toggle("paused", job.state === "paused" || leaving);
  card.bar.value = job.progress;
  card.bar.textContent = percent(job.progress, 1);
  card.facts.replaceChildren(...jobFacts(job));
  card.pause.hidden = leaving || job.state !== "running";
  card.resume.hidden = leaving || job.state !== "paused";
  card.cancel.hidden = leaving;
}

function showActive() {
  const list = byId("active");
  const cards = new Map([...list.children].map((card) => [card.dataset.job, card]));
  const jobs = [...state.active.values()].sort((a, b) => (a.started_at_ms ?? 0) - (b.started_at_ms ?? 0) || a.id - b.id);
  for (const job of jobs) {
    let card = cards.get(String(job.id));
    if (!card) {
      card = jobCard(job);
      card.dataset.job = String(job.id);
      list.append(card);
    }
    cards.delete(String(job.id));
    updateCard(card, job);
  }
  for (const card of cards.values()) card.remove();
  byId("active-empty").hidden = jobs.length > 0;
}

// ---- lists -------------------------------------------------------------------------------------------------------------------------

/** Shows the items anew only if they changed: a button that has focus or was just asked "sure?" is left alone. */
function showRows(id, items, row) {
  const list = byId(id);
  const text = JSON.stringify(items);
  if (list.shown === text || list.contains(document.activeElement?.closest?.("button.sure"))) return;
  list.shown = text;
  list.replaceChildren(...items.map(row));
}

function rootRow(root) {
  const name = root.name || fileName(root.path);
  const known = root.scanned_at_ms ? [`${number.format(root.file_count)} files, scanned `, when(root.scanned_at_ms)] : ["Not scanned yet"];
  const frozen = root.state === "frozen";
  return make("li", "",
    make("div", "what", make("div", "name", name), make("div", "place", root.path), make("div", "place", ...known),
      frozen ? make("div", "why warn", `Frozen: ${root.frozen_reason ?? ""}`) : null),
    make("div", "actions",
      frozen
        ? action("Confirm", name, () => post(`/roots/${root.id}/confirm`), { sure: "It is right as it is?" })
        : action("Scan", name, () => post(`/roots/${root.id}/scan`))),
  );
}

function waitingRow(job) {
  return make("li", "", what(job.title, job.waiting ? make("div", "why", job.waiting) : null),
    make("span", "badge", job.kind),
    make("div", "actions", action("Cancel", fileName(job.title), () => post(`/jobs/${job.id}/cancel`), { sure: "Really cancel?" })));
}

function failedRow(job) {
  return make("li", "", what(job.title, make("div", "why bad", job.error ?? "No reason was given.")),
    make("div", "actions", action("Retry", fileName(job.title), () => post(`/jobs/${job.id}/retry`))));
}

function historyRow(entry) {
  const codecs = entry.codec_before && entry.codec_after && entry.codec_before !== entry.codec_after ? `${entry.codec_before} → ${entry.codec_after}, ` : "";
  const words = { replaced: "", undone: "undone", restored: "original restored" }[entry.state] ?? entry.state;
  const sizes = `${bytes(entry.size_before_bytes)} → ${bytes(entry.size_after_bytes)}`;
  const saved = entry.state === "replaced" ? make("strong", "", `${bytes(entry.bytes_saved)} saved`) : make("span", "muted", words);
  return make("li", "",
    what(entry.path, make("div", "place", codecs, when(entry.created_at_ms))),
    make("div", "amount", make("div", "", saved), make("div", "place", sizes)),
    make("div", "actions",
      entry.can_undo && entry.state !== "undone" ? action("Undo", fileName(entry.path), () => post(`/history/${entry.id}/undo`), { sure: "Bring it back?" }) : null),
  );
}

// ---- keeping it true -------------------------------------------------------------------------------------------------------------------

function show({ stats, roots, running, paused, pending, failed, history }) {
  showTotals(stats);
  state.active = new Map([...running.items, ...paused.items].filter(isActive).map((job) => [job.id, job]));
  showActive();
  showRows("roots", roots.items, rootRow);
  showRows("waiting", pending.items, waitingRow);
  showRows("failed", failed.items, failedRow);
  showRows("history", history.items, historyRow);
  byId("start").hidden = roots.items.length > 0;
  byId("roots-section").hidden = roots.items.length === 0;
  byId("waiting-section").hidden = pending.items.length === 0;
  byId("failed-section").hidden = failed.items.length === 0;
  byId("history-empty").hidden = history.items.length > 0;
}

async function refresh() {
  if (state.refreshing) {
    state.refreshAgain = true;
    return;
  }
  state.refreshing = true;
  const key = state.key;
  try {
    const names = ["stats", "roots", "running", "paused", "pending", "failed", "history"];
    const jobs = (which, limit) => `/jobs?state=${which}&limit=${limit}`;
    const paths = ["/stats", "/roots", jobs("running", 100), jobs("paused", 100), jobs("pending", 5), jobs("failed", SHOWN), `/history?limit=${SHOWN}`];
    const answers = await Promise.all(paths.map((path) => call("GET", path)));
    if (state.key === key) show(Object.fromEntries(names.map((name, index) => [name, answers[index]])));
  } catch (error) {
    if (state.key === key) complain(error.message);
  } finally {
    state.refreshing = false;
    if (state.refreshAgain) {
      state.refreshAgain = false;
      refreshSoon();
    }
  }
}

/** Many changes in a moment are looked at once. */
function refreshSoon() {
  if (state.timer || !state.key) return;
  state.timer = setTimeout(() => {
    state.timer = 0;
    if (state.key) refresh();
  }, 400);
}

function takeJob(job) {
  const before = state.active.get(job.id);
  if (isActive(job)) state.active.set(job.id, job);
  else state.active.delete(job.id);
  if (!before || before.state !== job.state) refreshSoon();
  if (before && !isActive(job)) say(`${fileName(job.title)}: ${job.state}`);
  showActive();
}

function takeEvent(type, data) {
  if (type === "job" && data.title !== undefined && data.state !== undefined) takeJob(data);
  else refreshSoon(); // a short form of an event, a whole batch of jobs, a scan, or "lost"
}

function takeBlock(block) {
  let type = "message";
  let data = "";
  for (const line of block.split("\n")) {
    if (line.startsWith("id: ")) state.lastEvent = line.slice(4);
    else if (line.startsWith("event: ")) type = line.slice(7);
    else if (line.startsWith("data: ")) data += line.slice(6);
  }
  if (!data) return;
  try {
    takeEvent(type, JSON.parse(data));
  } catch {
    refreshSoon();
  }
}

function showConnection(live) {
  const element = byId("connection");
  element.hidden = false;
  element.classList.toggle("live", live);
  const text = live ? "Live" : "Connecting…";
  if (element.textContent !== text) element.textContent = text;
}

/** Reads the stream to its end. EventSource cannot send the key in a header; this can. */
async function readStream(signal) {
  const headers = { "X-Api-Key": state.key, ...(state.lastEvent ? { "Last-Event-ID": state.lastEvent } : {}) };
  const response = await fetch("/api/v1/events", { headers, signal });
  if (response.status === 401) return leave("This key does not work, or no more; sign in again.");
  if (!response.ok) throw new Error(String(response.status));
  showConnection(true);
  complain();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    buffer += value;
    const blocks = buffer.split("\n\n");
    buffer = blocks.pop();
    blocks.forEach(takeBlock);
  }
}

async function follow() {
  const controller = new AbortController();
  state.stream = controller;
  let wait = 1000;
  while (!controller.signal.aborted) {
    const began = Date.now();
    try {
      await readStream(controller.signal);
    } catch {
      // the server went away, or the network did: it is tried again below
    }
    if (controller.signal.aborted) return;
    showConnection(false);
    wait = Date.now() - began > 10000 ? 1000 : Math.min(15000, wait * 2);
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (!controller.signal.aborted) refreshSoon();
  }
}

// ---- coming and going ------------------------------------------------------------------------------------------------------------------

function leave(reason) {
  state.stream?.abort();
  state.key = null;
  state.lastEvent = "";
  state.active.clear();
  sessionStorage.removeItem(KEY);
  sessionStorage.removeItem(SIGNED_IN);
  for (const id of ["roots", "waiting", "failed", "history"]) showRows(id, [], () => null);
  byId("dashboard").hidden = true;
  byId("connection").hidden = true;
  byId("sign-out").hidden = true;
  byId("sign-in").hidden = false;
  byId("user-name").focus();
  complain(reason);
}

async function enter(key, signedIn) {
  state.key = key;
  sessionStorage.setItem(KEY, key);
  if (signedIn) sessionStorage.setItem(SIGNED_IN, "1");
  complain();
  await refresh();
  if (!state.key) return;
  byId("sign-in").hidden = true;
  byId("dashboard").hidden = false;
  byId("sign-out").hidden = false;
  showConnection(false);
  follow();
}

byId("user-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  const button = form.querySelector("button");
  button.disabled = true;
  complain();
  try {
    const session = await post("/session", { name: form.elements.name.value, password: form.elements.password.value });
    form.reset();
    await enter(session.key, true);
  } catch (error) {
    complain(error.message);
    form.elements.password.select();
  } finally {
    button.disabled = false;
  }
});

byId("key-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const key = event.currentTarget.elements.key.value.trim();
  event.currentTarget.reset();
  // A header holds no other characters, and no key has them.
  if (!/^[\x21-\x7e]+$/.test(key)) complain("That is no API key: one begins with reeve_.");
  else await enter(key, false);
});

byId("sign-out").addEventListener("click", async () => {
  if (sessionStorage.getItem(SIGNED_IN)) await call("DELETE", "/session").catch(() => {});
  leave("");
});

if (state.key) enter(state.key, sessionStorage.getItem(SIGNED_IN) !== null);
else leave("");
