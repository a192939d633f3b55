import { ask, facts, listen, made, token } from "/pages/api.js";

const at = (id) => document.getElementById(id);
const held = { facts: null, party: null, kind: null, stop: null };

const JSON_PARTS = /("(?:\\.|[^"\\])*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/g;

function painted(value) {
  const text = JSON.stringify(value, null, 2);
  const whole = document.createDocumentFragment();
  let from = 0;
  for (const part of text.matchAll(JSON_PARTS)) {
    whole.append(text.slice(from, part.index));
    const kind = part[3] !== undefined ? "number" : part[2] !== undefined ? "key" : "text";
    whole.append(made("span", { className: kind, textContent: part[1] ?? part[3] }), part[2] ?? "");
    from = part.index + part[0].length;
  }
  whole.append(text.slice(from));
  return whole;
}

function say(text, bad = false) {
  at("status").textContent = text;
  at("status").classList.toggle("bad", bad);
}

function request() {
  const written = at("variables").value.trim();
  return { query: at("document").value, variables: written ? JSON.parse(written) : {} };
}

async function guarded(work) {
  try {
    await work();
  } catch (error) {
    if (error.name !== "AbortError") say(error instanceof SyntaxError ? "The variables are not JSON." : error.message, true);
  }
}

async function run() {
  halt();
  await guarded(async () => {
    say("Asking …");
    const answer = await ask(held.party, request());
    at("answer").replaceChildren(painted(answer.body));
    const codes = (answer.body.errors ?? []).map((error) => error.extensions?.code).filter(Boolean);
    const measured = `HTTP ${answer.status} · ${answer.ms.toFixed(1)} ms · ${answer.bytes.toLocaleString("en-GB")} bytes`;
    say([measured, ...new Set(codes)].join(" · "), codes.length > 0);
  });
}

function halt() {
  held.stop?.abort();
  held.stop = null;
  at("stream").textContent = "Stream";
  at("stream").setAttribute("aria-pressed", "false");
}

async function stream() {
  if (held.stop) {
    halt();
    say("Stream closed");
    return;
  }
  const stop = (held.stop = new AbortController());
  at("stream").textContent = "Stop";
  at("stream").setAttribute("aria-pressed", "true");
  at("answer").replaceChildren();
  let count = 0;
  await guarded(async () => {
    say("Listening …");
    await listen(held.party, request(), (body) => {
      count += 1;
      at("answer").prepend(painted(body), count > 1 ? made("hr") : "");
      say(`Listening … ${count} heard`, Boolean(body.errors));
    }, stop.signal);
    say(`Stream ended after ${count}`);
  });
  if (held.stop === stop) halt();
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curl() {
  const base = location.origin;
  return [
    `TOKEN=$(curl -sX POST ${quoted(`${base}/demo/token?as=${encodeURIComponent(held.party)}`)} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/; s/.*"access_token": "\\([^"]*\\)".*/\\1/')`,
    `curl -s${subscribes() ? "N" : ""} ${base}/graphql -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json'` +
      `${subscribes() ? " -H 'Accept: text/event-stream'" : ""} --data-binary ${quoted(JSON.stringify(request()))}`,
    "",
  ].join("\n");
}

const subscribes = () => /^\s*subscription\b/m.test(at("document").value);

// A subscription is streamed, anything else is run.
function offer() {
  at("run").hidden = subscribes();
  at("stream").hidden = !subscribes();
}

function choose(example) {
  halt();
  for (const button of at("examples").querySelectorAll("button")) {
    if (button.dataset.name === example.name) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  at("title").textContent = example.title;
  at("sentence").textContent = example.sentence;
  at("document").value = example.document;
  const variables = JSON.stringify(example.variables, null, 2).replaceAll("SHARED_ULN", held.facts.shared[0] ?? "9900000001");
  at("variables").value = variables === "{}" ? "" : variables;
  at("answer").textContent = "Run the operation to see its answer here.";
  say("");
  offer();
}

async function become(name) {
  const party = held.facts.parties.find((each) => each.name === name) ?? held.facts.parties[0];
  held.party = party.name;
  held.kind = party.kind;
  document.body.className = `explorer ${party.kind}`;
  document.title = `${party.organisation}: EPA Hub`;
  at("party").value = party.name;
  history.replaceState(null, "", `/explore?as=${encodeURIComponent(party.name)}`);
  const examples = held.facts.examples[party.kind] ?? [];
  at("examples").replaceChildren(...examples.map((example) => {
    const button = made("button", { type: "button", textContent: example.title, onclick: () => choose(example) });
    button.dataset.name = example.name;
    return made("li", {}, button);
  }));
  if (examples.length) choose(examples[0]);
  await guarded(() => token(party.name));
  clock();
}

async function clock() {
  if (!held.party) return;
  await guarded(async () => {
    const left = Math.max(0, Math.round(((await token(held.party)).until - Date.now()) / 1000));
    at("token").textContent = `Token at hand, ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left`;
  });
}

async function start() {
  held.facts = await facts();
  at("party").replaceChildren(...held.facts.parties.map((party) =>
    made("option", { value: party.name, textContent: `${party.organisation} (${party.kind === "epao" ? "EPAO" : party.kind})` })));
  at("party").addEventListener("change", (event) => become(event.target.value));
  at("document").addEventListener("input", offer);
  at("run").addEventListener("click", run);
  at("stream").addEventListener("click", stream);
  at("curl").addEventListener("click", () => guarded(async () => {
    await navigator.clipboard.writeText(curl());
    say("Copied; it fetches a token of its own");
  }));
  for (const editor of [at("document"), at("variables")]) {
    editor.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        (at("run").hidden ? stream : run)();
      }
    });
  }
  await become(new URLSearchParams(location.search).get("as"));
  setInterval(clock, 1000);
}

guarded(start);
