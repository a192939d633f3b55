// graphql-transport-ws with its own client, and every close code by a client that misbehaves.
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { bearer, must, post, socket, story, text, until, within } from "./story.mjs";

async function lifecycle() {
  const seen = [];
  const client = createClient({
    url: socket,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: bearer("provider").authorization },
    keepAlive: 200,
    lazyCloseTimeout: 50,
    retryAttempts: 0,
    on: Object.fromEntries(["connected", "ping", "pong", "closed"].map((name) => [name, () => seen.push(name)])),
  });
  const query = client.iterate({ query: "{ viewer { kind } }" });
  const first = (await query.next()).value;
  must("a query over the socket", first.data.viewer.kind === "PROVIDER" && (await query.next()).done, first);
  const events = client.iterate({ query: text("progress") });
  const place = (await within(10, "the place of the stream", events.next())).value.data.progress;
  must("a subscription says where it stands", place.event === null && place.cursor.length > 0, place);
  await new Promise((done) => setTimeout(done, 500));
  const filed = (await post("provider", text("file"), story.file)).data.fileGatewayItem;
  must("an item is filed", filed.errors.length === 0, filed);
  const heard = await within(10, "gateway.item_filed", until(events, "gateway.item_filed"));
  must("and is heard", heard.apprentice.id === story.file.input.apprenticeId, heard);
  await events.return();
  const refused = await client.iterate({ query: "{ nonsense }" }).next().catch((errors) => errors);
  must("an invalid document is an `error`", refused[0]?.extensions.code === "GRAPHQL_VALIDATION_FAILED", refused);
  must("ping is answered by pong", seen.includes("ping") && seen.includes("pong"), seen);
  await client.dispose();
}

async function refusedToken() {
  const client = createClient({
    url: socket, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams: { Authorization: "Bearer nonsense" },
  });
  const closed = await client.iterate({ query: "{ viewer { kind } }" }).next().catch((event) => event);
  must("4403 TOKEN_INVALID for a false token", closed.code === 4403 && closed.reason === "TOKEN_INVALID", closed);
}

function closing(messages, protocols = ["graphql-transport-ws"]) {
  return new Promise((done, refuse) => {
    const raw = new WebSocket(socket, protocols);
    raw.on("open", () => messages.forEach((each) => raw.send(typeof each === "string" ? each : JSON.stringify(each))));
    raw.on("close", (code, reason) => done({ code, reason: reason.toString() }));
    raw.on("error", refuse);
  });
}

const init = { type: "connection_init", payload: { Authorization: bearer("provider").authorization } };
const listen = { id: "1", type: "subscribe", payload: { query: text("progress") } };
const codes = [
  [4400, "text that is no JSON", ["{"]],
  [4400, "a message of no known type", [{ type: "start" }]],
  [4400, "a subscription without an id", [init, { ...listen, id: undefined }]],
  [4401, "subscribe before connection_init", [listen]],
  [4406, "no subprotocol", [], []],
  [4408, "silence", []],
  [4409, "an id that is taken", [init, listen, listen]],
  [4429, "two connection_init", [init, init]],
];

await Promise.all([
  lifecycle(),
  refusedToken(),
  ...codes.map(async ([code, what, messages, protocols]) => {
    const found = await within(25, what, closing(messages, protocols));
    must(`${code} for ${what}`, found.code === code, found);
  }),
]);
process.exit(0);
