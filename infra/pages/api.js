// How the pages talk to the hub: as any client does, with a bearer token of the party they show.

const tokens = new Map();

export async function facts() {
  const answer = await fetch("/demo/facts.json");
  if (!answer.ok) throw new Error("The demonstration's facts are served on loopback only.");
  return answer.json();
}

export async function token(party) {
  const held = tokens.get(party);
  if (held && held.until > Date.now() + 15000) return held;
  const answer = await fetch(`/demo/token?as=${encodeURIComponent(party)}`, { method: "POST" });
  if (!answer.ok) throw new Error(`No token for ${party}: HTTP ${answer.status}.`);
  const granted = await answer.json();
  const fresh = { text: granted.access_token, until: Date.now() + granted.expires_in * 1000 };
  tokens.set(party, fresh);
  return fresh;
}

async function post(party, request, accept, signal) {
  const bearer = await token(party);
  return fetch("/graphql", {
    method: "POST",
    headers: { Authorization: `Bearer ${bearer.text}`, "Content-Type": "application/json", Accept: accept },
    body: JSON.stringify(request),
    signal,
  });
}

export async function ask(party, request) {
  const began = performance.now();
  const answer = await post(party, request, "application/json");
  const text = await answer.text();
  return { status: answer.status, ms: performance.now() - began, bytes: text.length, body: JSON.parse(text) };
}

// Reads an event stream as it comes; `heard` gets each response, and the promise ends with the stream.
export async function listen(party, request, heard, signal) {
  const answer = await post(party, request, "text/event-stream", signal);
  if (!answer.headers.get("content-type").startsWith("text/event-stream")) {
    heard(await answer.json());
    return answer.status;
  }
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return answer.status;
    held += value;
    const events = held.split("\n\n");
    held = events.pop();
    for (const event of events) {
      const lines = event.split("\n");
      if (!lines.includes("event: next")) continue;
      heard(JSON.parse(lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6)).join("\n")));
    }
  }
}

export function made(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
