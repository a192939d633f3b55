// On a socket the token and its proof come in the payload of connection_init, in whatever case; further on they are looked for
// in small letters.
export const CARRIED = ["authorization", "dpop"];

const sentOnSocket = (context, name) =>
  Object.entries(context?.connectionParams ?? {}).find(([given]) => given.toLowerCase() === name)?.[1];

export const onSocket = (context) => context?.connectionParams !== undefined;

// A status and headers are of HTTP alone: in a message they would be a part of the answer.
export const overHttp = (context, http) => (onSocket(context) ? {} : { extensions: { http } });

export const sentOf = (context, request, name) =>
  sentOnSocket(context, name) ?? context?.headers?.[name] ?? request?.headers?.get(name);

export function socketTokens() {
  const carry = ({ args }) => {
    const context = args.contextValue;
    const carried = CARRIED.map((name) => [name, sentOnSocket(context, name)]).filter(([, value]) => value);
    if (carried.length) context.headers = { ...context.headers, ...Object.fromEntries(carried) };
  };
  return { onExecute: carry, onSubscribe: carry };
}
