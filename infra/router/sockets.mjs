// On a socket the token comes in the payload of connection_init, in whatever case; further on it is looked for in small letters.
const sent = (context) =>
  Object.entries(context?.connectionParams ?? {}).find(([name]) => name.toLowerCase() === "authorization")?.[1];

export const tokenOf = (context, request) =>
  sent(context) ?? context?.headers?.authorization ?? request?.headers?.get("authorization");

export function socketTokens() {
  const carry = ({ args }) => {
    const context = args.contextValue;
    const token = sent(context);
    if (token) context.headers = { ...context.headers, authorization: token };
  };
  return { onExecute: carry, onSubscribe: carry };
}
