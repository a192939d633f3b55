// What every client of the story is handed: where the hub is, a token for each party, the documents, what to send.
import { readFileSync } from "node:fs";

const { HUB_GRAPHQL, HUB_DOCUMENTS } = process.env;

export const graphql = HUB_GRAPHQL;
export const socket = HUB_GRAPHQL.replace("http", "ws");
export const tokens = { employer: process.env.HUB_EMPLOYER, provider: process.env.HUB_PROVIDER, epao: process.env.HUB_EPAO };
export const story = JSON.parse(process.env.HUB_STORY ?? "null");
export const bearer = (party) => ({ authorization: `Bearer ${tokens[party]}` });
export const text = (name) => readFileSync(`${HUB_DOCUMENTS}/${name}.graphql`, "utf8");

export function must(what, held, found) {
  if (!held) throw new Error(`${what}: found ${JSON.stringify(found)}`);
  console.log(what);
}

export async function post(party, query, variables) {
  const headers = { "content-type": "application/json", ...bearer(party) };
  const answer = await fetch(graphql, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  return answer.json();
}

export const within = (seconds, what, work) =>
  Promise.race([
    work,
    new Promise((_, refuse) => setTimeout(() => refuse(new Error(`${what}: nothing in ${seconds} s`)), seconds * 1000).unref()),
  ]);

// The first event of a type that a stream tells of.
export async function until(stream, type) {
  for (;;) {
    const { event } = (await stream.next()).value.data.progress;
    if (event?.type === type) return event;
  }
}

// Each party's main act, whatever the client that carries it: `ask` and `act` answer with the data.
export async function play({ ask, act }) {
  const filed = (await act("provider", "file", story.file)).fileGatewayItem;
  must("provider files the last item", filed.errors.length === 0 && filed.item.requirement === "PQIP", filed);
  const { cohort } = await ask("employer", "cohort", story.cohort);
  must("employer reads: ready", cohort.ready === 1 && cohort.notReady === 0 && cohort.blockers.length === 0, cohort);
  const decided = (await act("employer", "decide", story.decide)).decideGateway;
  must("employer decides", decided.errors.length === 0 && decided.apprentice.gateway.passed === true, decided);
  const posted = await act("epao", "post", story.post);
  must("epao acknowledges the portfolio", posted.acknowledgePortfolio.errors.length === 0, posted);
  must("epao posts a result", posted.postResult.errors.length === 0 && posted.postResult.result.grade === "PASS", posted);
}
