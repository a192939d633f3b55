// On a socket the token comes in the payload of connection_init, in whatever case; further on it is looked for in small letters.
export function socketTokens() {
  const carry = ({ args }) => {
    const context = args.contextValue;
    const sent = Object.entries(context?.connectionParams ?? {}).find(([name]) => name.toLowerCase() === "authorization");
    if (sent) context.headers = { ...context.headers, authorization: sent[1] };
  };
  return { onExecute: carry, onSubscribe: carry };
}
