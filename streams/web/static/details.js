// The details of a video: each link with its issues and what to do, why, and the history.

import { put, texts } from "/basics.js";

/** What others wrote: its direction turns nothing around it. */
const quoted = (written) => put("bdi", {}, written);

// What a creator came for stands first; within it, links stand as posted.
const RANK = ["needs_attention", "in_review", "approved"];
const byRank = (one, other) => RANK.indexOf(one.status) - RANK.indexOf(other.status);

/** Fill `box`; `explain` fetches why a product's link has its status, `time` makes an element of a time. */
export function details(box, video, history, explain, time) {
  const open = new Set([...box.querySelectorAll("[data-product][aria-expanded=true]")].map((each) => each.dataset.product));
  const focused = document.activeElement?.dataset?.product;
  box.replaceChildren(
    put("h3", {}, texts.of("links")),
    put("ul", { className: "links" }, video.links.sort(byRank).map((each) => link(each, explain, time, open.has(each.product_id)))),
    put("h3", {}, texts.of("history")),
    put("ol", { className: "timeline" }, history.changes.map((each) => change(each, time))),
  );
  [...box.querySelectorAll("[data-product]")].find((each) => each.dataset.product === focused)?.focus();
}

function link(link, explain, time, open) {
  const facts = put("div", { hidden: true });
  const why = put("button", { type: "button", ariaExpanded: "false" }, texts.of("why"));
  why.dataset.product = link.product_id;
  why.setAttribute("aria-label", `${texts.of("why")} ${link.product_id}`);
  why.onclick = async () => {
    facts.hidden = !facts.hidden;
    why.ariaExpanded = String(!facts.hidden);
    const explained = !facts.hidden && (await explain(link.product_id));
    if (explained) facts.replaceChildren(...explanation(explained, time));
  };
  if (open) why.click();
  return put(
    "li",
    {},
    put("strong", {}, quoted(link.product_id)),
    put("p", { className: `status ${link.status}` }, link.status_text),
    link.issues.map(issue),
    why,
    facts,
  );
}

function issue({ title, message, recovery_text: recovery, seller_contact: contact }) {
  return put(
    "div",
    { className: "issue" },
    put("p", {}, put("strong", {}, title)),
    put("p", {}, message),
    put("p", {}, `${texts.of("do")}: ${recovery}`),
    contact && seller(contact),
  );
}

function seller({ name, email, phone, url }) {
  const ways = [
    name,
    email && put("a", { href: `mailto:${encodeURIComponent(email).replaceAll("%40", "@")}` }, email),
    phone && put("a", { href: `tel:${phone.replace(/[^+\d]/g, "")}` }, phone),
    url && (/^https?:\/\//i.test(url) ? put("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, url) : url),
  ].filter(Boolean);
  return put("p", {}, `${texts.of("contact")}: `, ways.flatMap((way, place) => (place ? [", ", quoted(way)] : [quoted(way)])));
}

function explanation({ text, facts }, time) {
  return [put("p", {}, text), put("ul", { className: "facts" }, facts.map((each) => fact(each, time)))];
}

function fact({ text, role, reason, occurred_at: at, event_id: id, source }, time) {
  const where = source && [" · ", quoted(id), ` · ${source.topic}/${source.partition}@${source.offset}`];
  return put(
    "li",
    { className: `role-${role}` },
    text,
    reason && [" (", quoted(reason), ")"],
    source && put("span", { className: "where" }, time(at), where),
  );
}

function change({ after, processed_at: at, cause, issues_added: added, issues_removed: removed }, time) {
  const status = after ? after.labels.join(", ") || texts.of("well") : texts.of("deleted");
  const told = [
    ...added.map((issue) => [`+ ${issue.title} (`, quoted(issue.product_id), ")"]),
    ...removed.map((issue) => [`− ${issue.title} (`, quoted(issue.product_id), ")"]),
  ];
  return put(
    "li",
    { className: after?.status ?? "" },
    put("p", {}, status),
    put("p", { className: "where" }, time(at), ` · ${cause.text}`),
    told.map((line) => put("p", { className: "where" }, line)),
  );
}
