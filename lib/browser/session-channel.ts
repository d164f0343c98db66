/*
 * What happens to the session in one tab, told to the others of the same desk. A message says only that something
 * has happened; each tab finds out by itself what.
 */
export type SessionNews = "signed-in" | "signed-out";

const name = "tokendesk.session";

export function tellOtherTabs(news: SessionNews): void {
  const channel = new BroadcastChannel(name);
  channel.postMessage(news);
  channel.close();
}

/** Calls back with what other tabs tell. Returns how to stop listening. */
export function onOtherTabs(listener: (news: SessionNews) => void): () => void {
  const channel = new BroadcastChannel(name);
  channel.onmessage = (event: MessageEvent<unknown>) => {
    if (event.data === "signed-in" || event.data === "signed-out") listener(event.data);
  };
  return () => channel.close();
}
