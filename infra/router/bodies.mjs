// What arrives is no longer than the hub takes: a body that says it is longer is refused before it comes, of one that says
// nothing no more is kept than that, and neither is a longer message on a socket. MAX_BODY, in bytes, is to follow HUB_MAX_BODY.
import { WebSocketServer } from "ws";

const most = Number(process.env.MAX_BODY ?? 1_048_576);
// Anything else would bound nothing.
if (!Number.isSafeInteger(most) || most < 1) throw new Error("MAX_BODY is a number of bytes, 1 or more.");
const tooLarge = { errors: [{ message: "The body is larger than this hub accepts.", extensions: { code: "BODY_TOO_LARGE" } }] };

export function bodies() {
  boundMessages();
  const refusal = (fetchAPI) => fetchAPI.Response.json(tooLarge, { status: 413 });
  return {
    onRequest({ request, fetchAPI, endResponse }) {
      const length = request.headers.get("content-length");
      if (length !== null && !(/^\d{1,15}$/.test(length) && Number(length) <= most)) endResponse(refusal(fetchAPI));
    },
    onRequestParse({ requestParser, setRequestParser, fetchAPI }) {
      if (!requestParser) return;
      setRequestParser(async (request) => {
        const body = await read(request);
        if (body === undefined) return refusal(fetchAPI);
        const { url, method, headers, signal } = request;
        return requestParser(new fetchAPI.Request(url, { method, headers, signal, body }));
      });
    },
  };
}

// The bytes of a body, or nothing when there are too many. The rest is let go by: a connection that is cut while its client
// still writes takes the refusal with it.
async function read(request) {
  let parts = [];
  let length = 0;
  for await (const part of request.body ?? []) {
    length += part.byteLength;
    if (length > most) parts = [];
    else parts.push(part);
  }
  return length > most ? undefined : Buffer.concat(parts);
}

// The gateway makes its server of sockets itself, with messages of up to a hundred mebibytes; whether it takes a handshake is
// what `ws` leaves to be overridden, and the first that is asked of it.
function boundMessages() {
  const { shouldHandle } = WebSocketServer.prototype;
  WebSocketServer.prototype.shouldHandle = function bounded(request) {
    this.options.maxPayload = most;
    return shouldHandle.call(this, request);
  };
}
