/*
 * What happens to the session in one tab, told to the others of the same desk. A message says only that something
 * has happened; each tab finds out by itself what.
 */
export type SessionNews = "signed-in" | "signed-out";

const name = "tokendesk.session";
/** A channel is heard by every other channel object, those of its own document too. */
const thisTab = crypto.getRandomValues(new Uint32Array(2)).join("-");

export function tellOtherTabs(news: SessionNews): void {
  const channel = new BroadcastChannel(name);
  channel.postMessage({ news, from: thisTab });
  channel.close();
}

/** Calls back with what other tabs tell. Returns how to stop listening. */
export function onOtherTabs(listener: (news: SessionNews) => void): () => void {
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }: MessageEvent<{ news?: unknown; from?: unknown } | null>) => {
    if (data?.from === thisTab) return;
    if (data?.news === "signed-in" || data?.news === "signed-out") listener(data.news);
  };
  return () => channel.close();
}
