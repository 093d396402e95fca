// The creator's "Video > Manage": a list that changes by itself, and the details of what needs attention.

import { details } from "/details.js";
import { api, find, put, texts } from "/basics.js";
import { follow } from "/sse.js";

const videos = new Map(); // by id: {video, item}
let creator = "";
const queue = [];
let working = false;
let next = null;

const base = () => `/v1/creators/${encodeURIComponent(creator)}`;
const path = (id) => `${base()}/videos/${encodeURIComponent(id)}`;
// In the reader's own zone, by the browser: a server may know fewer zones than it does.
const time = (text) =>
  put("time", { dateTime: text }, new Date(text).toLocaleString(texts.locale, { dateStyle: "medium", timeStyle: "short" }));

const newerFirst = (a, b) =>
  Date.parse(b.video.posted_at) - Date.parse(a.video.posted_at) || (b.video.video_id > a.video.video_id ? 1 : -1);

const titleOf = (video) => video.title || video.video_id;

function label(text, kind, entry) {
  const box = entry.item.querySelector(".details");
  const expanded = String(!box.hidden);
  const button = put("button", { type: "button", className: kind, ariaExpanded: expanded, onclick: () => toggle(entry) }, text);
  button.setAttribute("aria-controls", box.id);
  return button;
}

function draw(entry) {
  const { video, item } = entry;
  const title = item.querySelector(".title");
  const labels = item.querySelector(".labels");
  title.textContent = titleOf(video);
  item.querySelector("time").replaceWith(time(video.posted_at));
  if (labels.textContent === video.labels.join("")) return;
  const focused = labels.contains(document.activeElement);
  const kinds = video.need_attention ? ["attention", "review"] : ["review"];
  labels.replaceChildren(...video.labels.map((text, place) => label(text, kinds[place], entry)));
  if (focused) (labels.firstElementChild ?? title).focus();
}

function take(video) {
  let entry = videos.get(video.video_id);
  if (!entry) {
    const item = find("video").content.firstElementChild.cloneNode(true);
    translate(item);
    entry = { video, item };
    videos.set(video.video_id, entry);
    const name = `v${videos.size}-${Date.now()}`;
    item.querySelector(".details").id = name;
    item.querySelector(".title").setAttribute("aria-controls", name);
    item.querySelector(".title").onclick = () => toggle(entry);
    place(entry);
  }
  const risen = video.version > entry.video.version;
  if (video.version >= entry.video.version) entry.video = video;
  draw(entry);
  if (risen && !entry.item.querySelector(".details").hidden) fill(entry);
  return entry;
}

function place(entry) {
  const later = [...videos.values()].sort(newerFirst);
  const after = later[later.indexOf(entry) + 1];
  find("videos").insertBefore(entry.item, after?.item ?? null);
}

function drop(id) {
  const entry = videos.get(id);
  if (!entry) return;
  const focused = entry.item.contains(document.activeElement);
  videos.delete(id);
  entry.item.remove();
  if (focused) find("videos").focus();
}

async function toggle(entry, open = entry.item.querySelector(".details").hidden) {
  const box = entry.item.querySelector(".details");
  for (const button of entry.item.querySelectorAll(".title, .labels button")) button.ariaExpanded = String(open);
  box.hidden = !open;
  if (open) await fill(entry);
}

async function fill(entry) {
  const turn = (entry.filled = (entry.filled ?? 0) + 1);
  const box = entry.item.querySelector(".details");
  if (!box.hasChildNodes()) box.textContent = texts.of("loading");
  const at = path(entry.video.video_id);
  const [video, history] = await Promise.all([
    api(`${at}?min_version=${entry.video.version}`),
    api(`${at}/history`),
  ]);
  if (turn !== entry.filled) return;
  if (!video || !history) {
    box.replaceChildren();
    return;
  }
  const explain = (product) => api(`${at}/links/${encodeURIComponent(product)}/explain`);
  details(box, video, history, explain, time);
}

/** One after the other, since an answer that is older than what is shown would undo it; what was asked for goes first. */
async function inTurn(work, asked = false) {
  if (asked) queue.unshift(work);
  else queue.push(work);
  if (working) return;
  working = true;
  try {
    while (queue.length) await queue.shift()();
  } finally {
    working = false;
  }
}

/** The list anew, which has what waits to be shown, too. */
function reload() {
  queue.length = 0;
  inTurn(load);
}

async function load(more = false) {
  const filter = find("filter").value;
  const query = new URLSearchParams({ ...(filter && { status: filter }), ...(more && next && { cursor: next }) });
  const page = await api(`${base()}/videos?${query}`);
  if (!page) return;
  if (!more) {
    const kept = new Set(page.videos.map((video) => video.video_id));
    for (const id of [...videos.keys()]) if (!kept.has(id)) drop(id);
  }
  // Whoever asked for more by keyboard goes on at what came.
  const first = document.activeElement === find("more") && page.videos.find((video) => !videos.has(video.video_id));
  for (const video of page.videos) take(video);
  if (first) videos.get(first.video_id).item.querySelector(".title").focus();
  next = page.next;
  find("more").hidden = !next;
  empty();
}

function empty() {
  const none = find("filter").value ? "none" : "empty";
  find("notice").textContent = videos.size ? "" : texts.of(none);
}

async function changed({ video_id: id, version, after, cause }) {
  const known = videos.get(id);
  if (known && version <= known.video.version) return;
  const filter = find("filter").value;
  const wanted = after && (!filter || after.status === filter);
  // A change has all that the list shows but for what a posting says.
  const told = known && cause.type !== "video_posted" ? { ...known.video, ...after, version } : null;
  const video = wanted && (told ?? (await api(`${path(id)}?min_version=${version}`)));
  if (!video || (filter && video.status !== filter)) {
    if (known && !after) announce(titleOf(known.video), texts.of("deleted"));
    drop(id);
  } else {
    const entry = take(video);
    entry.item.classList.remove("fresh");
    requestAnimationFrame(() => entry.item.classList.add("fresh"));
    announce(titleOf(video), video.labels.join(", ") || texts.of("well"));
  }
  empty();
}

function announce(title, status) {
  find("news").textContent = texts.of("changed").replace("{title}", title).replace("{status}", status);
}

function connection(state) {
  find("connection").className = state;
  find("connection").textContent = texts.of(state === "live" ? "live" : "reconnecting");
}

async function show() {
  find("filter-label").hidden = false;
  find("connection").className = "";
  find("connection").textContent = texts.of("loading");
  const tell = ({ kind, data }) => (kind === "change" ? inTurn(() => changed(data)) : reload());
  const status = await follow(`${base()}/events`, api.headers, tell, connection);
  find("connection").textContent = "";
  find("notice").textContent = texts.of(status === 401 ? "denied" : "unknown");
  find("who").hidden = false;
}

function translate(root) {
  for (const element of root.querySelectorAll("[data-text]")) element.textContent = texts.of(element.dataset.text);
  for (const element of root.querySelectorAll("[data-label]")) element.ariaLabel = texts.of(element.dataset.label);
}

/** Of whoever looked before. */
function forget() {
  queue.length = 0;
  for (const id of [...videos.keys()]) drop(id);
  find("more").hidden = true;
}

/** Whether it can be asked with: `fetch` throws at what no header can hold. */
const sendable = (token) => /^[\x21-\x7e]+$/.test(token);

function subject(token) {
  try {
    const claims = atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(claims, (byte) => byte.charCodeAt(0)))).sub ?? "";
  } catch {
    return "";
  }
}

async function begin() {
  await texts.load();
  document.title = texts.of("title");
  translate(document);
  for (const option of find("filter").options) if (option.value) option.textContent = texts.statuses[option.value];
  find("filter").onchange = reload;
  find("more").onclick = () => inTurn(() => load(true), true);
  find("token-label").hidden = texts.open;
  find("creator").value = creator = new URLSearchParams(location.search).get("creator") ?? "";
  find("who").onsubmit = (submitted) => {
    submitted.preventDefault();
    const token = find("token").value.trim();
    const asked = find("creator").value.trim() || subject(token);
    if (asked !== creator) forget();
    creator = asked;
    if (!texts.open && !(creator && sendable(token))) {
      find("notice").textContent = texts.of("denied");
      return;
    }
    if (token) api.headers.Authorization = `Bearer ${token}`;
    find("who").hidden = true;
    find("notice").textContent = "";
    show();
  };
  if (creator && texts.open) show();
  else find("who").hidden = false;
}

begin();
