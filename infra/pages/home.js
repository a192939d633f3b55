import { ask, facts, made } from "/pages/api.js";
import { build, ROWS, seen } from "/pages/compare.js";

const at = (id) => document.getElementById(id);
const KINDS = ["employer", "provider", "epao"];
const TITLES = { employer: "Employer", provider: "Provider", epao: "EPAO" };
const LIST = `query Shown($first: Int) { apprentices(first: $first, orderBy: NAME) { nodes { uln givenNames familyName status } } }`;
const WAITING = `query Waiting { apprentices(filter: { status: [TO_RELEASE] }, first: 3) { nodes { uln } } }`;

function trouble(text) {
  at("trouble").textContent = text;
  at("trouble").hidden = !text;
}

function cards(parties) {
  for (const list of document.querySelectorAll(".as")) {
    const links = parties.filter((party) => party.kind === list.dataset.kind).map((party) =>
      made("li", {}, made("a", { href: `/explore?as=${encodeURIComponent(party.name)}`, textContent: party.organisation })));
    list.replaceChildren(...links);
  }
}

// The same question as one party; fields its slice refuses are struck out and asked no more.
async function view(party, uln) {
  const refused = new Set();
  for (let round = 0; round < 3; round += 1) {
    const { body } = await ask(party.name, { query: build(refused), variables: { uln } });
    const outside = (body.errors ?? []).filter((error) => error.extensions?.code === "FIELD_NOT_IN_SLICE");
    if (!outside.length) {
      if (body.errors) throw new Error(`${party.organisation}: ${body.errors[0].message}`);
      return { party, refused, apprentice: body.data.apprentice };
    }
    for (const error of outside) refused.add(error.extensions.field ?? error.message.match(/[A-Z]\w*\.\w+/)?.[0]);
  }
  throw new Error(`${party.organisation}: the operation was refused.`);
}

function cell(row, own, all) {
  if (row.needs.some((field) => own.refused.has(field))) {
    return made("td", { className: "refused" }, made("span", { className: "why", textContent: "outside the slice" }));
  }
  const value = seen(row, own.apprentice);
  if (value !== null) return made("td", {}, value);
  const elsewhere = all.some((other) => other !== own && seen(row, other.apprentice) !== null);
  if (elsewhere && !row.own) {
    return made("td", { className: "withheld" }, made("span", { className: "why", textContent: row.later ?? "not shared yet" }));
  }
  return made("td", { className: "empty", textContent: "–" });
}

function draw(views) {
  const heads = views.map(({ party }) =>
    made("th", { scope: "col", className: party.kind }, TITLES[party.kind], made("small", { textContent: party.organisation })));
  at("compare").tHead.replaceChildren(made("tr", {}, made("th", { scope: "col", textContent: "Field" }), ...heads));
  at("compare").tBodies[0].replaceChildren(...ROWS.map((row) => row.group
    ? made("tr", { className: "group" }, made("th", { colSpan: views.length + 1, scope: "rowgroup", textContent: row.group }))
    : made("tr", {}, made("th", { scope: "row", textContent: row.label }), ...views.map((own) => cell(row, own, views)))));
  at("compare").setAttribute("aria-busy", "false");
}

async function show(parties, uln) {
  trouble("");
  at("compare").setAttribute("aria-busy", "true");
  const all = await Promise.all(parties.map((party) => view(party, uln)));
  const chosen = KINDS.map((kind) => {
    const own = all.filter((each) => each.party.kind === kind);
    return own.find((each) => each.apprentice) ?? own[0];
  }).filter(Boolean);
  draw(chosen);
}

// First those whose results wait for release, which shows the hub best: one party knows, two cannot tell.
async function choices(parties, shared) {
  const found = new Map();
  for (const party of parties.filter((each) => each.kind === "employer")) {
    const { body } = await ask(party.name, { query: LIST, variables: { first: 100 } });
    for (const node of body.data?.apprentices.nodes ?? []) {
      if (node.uln) found.set(node.uln, `${node.givenNames ?? ""} ${node.familyName ?? ""}, ${node.status.toLowerCase().replaceAll("_", " ")}`);
    }
  }
  const waiting = [];
  for (const party of parties.filter((each) => each.kind === "epao")) {
    const { body } = await ask(party.name, { query: WAITING });
    waiting.push(...(body.data?.apprentices.nodes ?? []).map((node) => node.uln).filter((uln) => found.has(uln)));
  }
  const listed = new Map([...waiting, ...shared].map((uln) => [uln, found.get(uln) ?? uln]));
  const stages = new Map();
  for (const [uln, text] of found) {
    const stage = text.split(", ")[1];
    if (!listed.has(uln) && (stages.get(stage) ?? 0) < 3) {
      stages.set(stage, (stages.get(stage) ?? 0) + 1);
      listed.set(uln, text);
    }
  }
  return listed;
}

const FIRST = ["in assessment", "achieved", "resit offered"];

async function start() {
  const { parties, shared } = await facts();
  cards(parties);
  const listed = [...await choices(parties, shared)];
  const pick = at("apprentice");
  pick.replaceChildren(...listed.map(([uln, text]) => made("option", { value: uln, textContent: text })));
  const best = FIRST.map((stage) => listed.find(([, text]) => text.endsWith(stage))).find(Boolean) ?? listed[0];
  if (!best) return trouble("No apprentice is in sight yet.");
  pick.value = best[0];
  const chosen = () => show(parties, pick.value).catch((error) => trouble(error.message));
  pick.addEventListener("change", chosen);
  return chosen();
}

start().catch((error) => trouble(error.message));
