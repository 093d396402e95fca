// Server-Sent Events by fetch: EventSource can neither send a token nor survive an answer of 503.

const SHORTEST_MS = 500;
const LONGEST_MS = 5_000;
const SILENCE_MS = 40_000; // the server says something at least every 15 s

/** Until somebody looks at the page. */
async function shown() {
  while (document.hidden) await new Promise((look) => document.addEventListener("visibilitychange", look, { once: true }));
}

/**
 * Follow `url` for ever, resuming where a connection broke.
 * `tell` gets {kind, data} of each event, `state` "live" or "lost"; resolves with the status of an answer that
 * no repetition mends. A page that nobody looks at lets go of its connection: browsers have six for a host, over
 * all tabs, so that a seventh page would wait for ever.
 */
export async function follow(url, headers, tell, state) {
  let last = "";
  let pause = SHORTEST_MS;
  for (;;) {
    await shown();
    const connection = new AbortController();
    const { signal } = connection;
    document.addEventListener("visibilitychange", () => document.hidden && connection.abort(), { signal });
    try {
      const resume = last ? { "Last-Event-ID": last } : {};
      const answer = await fetch(url, { headers: { ...headers, ...resume }, signal });
      if (answer.ok) {
        pause = SHORTEST_MS;
        state("live");
        for await (const event of events(answer.body, connection)) {
          last = event.id ?? last;
          tell(event);
        }
      } else if (answer.status !== 503 && answer.status !== 429 && answer.status < 500) {
        return answer.status;
      }
    } catch {
      // the connection broke; the events after `last` come again
    } finally {
      connection.abort();
    }
    if (document.hidden) continue;
    state("lost");
    await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random() / 2)));
    pause = Math.min(pause * 2, LONGEST_MS);
  }
}

async function* events(body, connection) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const silent = setTimeout(() => connection.abort(), SILENCE_MS);
    const { value, done } = await reader.read().finally(() => clearTimeout(silent));
    if (done) return;
    rest += value;
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      const event = parse(rest.slice(0, end));
      rest = rest.slice(end + 2);
      if (event) yield event;
    }
  }
}

function parse(block) {
  const fields = {};
  for (const line of block.split("\n")) {
    const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (name) fields[name] = value;
  }
  return fields.data === undefined ? null : { id: fields.id, kind: fields.event, data: JSON.parse(fields.data) };
}
