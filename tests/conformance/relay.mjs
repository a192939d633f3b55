// What the Relay compiler has made of the parties' fragments and connections, sent as Relay sends it.
import { readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { must, play, post, story } from "./story.mjs";

const folder = `${process.env.HUB_ARTIFACTS}/__generated__`;
const load = async (name) => (await import(pathToFileURL(`${folder}/${name}.graphql.js`))).default.params;
const compiled = { cohort: "CohortQuery", file: "FileMutation", decide: "DecideMutation", post: "PostMutation" };

async function send(party, name, variables) {
  const { text } = await load(compiled[name]);
  const answer = await post(party, text, variables);
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

await play({
  ask: (party, name, variables) => send(party, name, variables),
  act: (party, name, variables) => send(party, name, variables),
});

const queue = await load("QueueQuery");
const page = (await post("employer", queue.text, { count: 2, cursor: null })).data.apprentices;
must("a connection's first page", page.edges.length === 2 && page.pageInfo.hasNextPage, page);
const more = await load("QueuePaginationQuery");
const next = (await post("employer", more.text, { count: 2, cursor: page.pageInfo.endCursor })).data.apprentices;
must("and the page after it", next.edges.length > 0 && next.edges[0].node.id !== page.edges[0].node.id, next);
const again = await load("ApprenticeRefetchQuery");
const node = (await post("employer", again.text, { id: story.decide.input.apprenticeId })).data.node;
must("a fragment fetched again through node", node.__typename === "Apprentice" && node.status === "IN_ASSESSMENT", node);
console.log(`relay-compiler: ${readdirSync(folder).length} artifacts`);
