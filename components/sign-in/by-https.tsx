/**
 * Leads whoever opened the sign-in by http to https: at a desk that is reached by https, before there is a field to type
 * into, for what it is told by no proxy the server cannot know. The fragment outlives redirects: who comes back with it was led
 * in a circle, and stays; what the page sends goes by https in any case (`upgrade-insecure-requests`).
 */
export function ByHttps({ origin, nonce }: { origin: string; nonce: string | undefined }) {
  const script = `{const{protocol,pathname,search,hash}=location,mark="#by-https",path=pathname+search;
if(protocol==="http:"&&hash!==mark)location.replace(${JSON.stringify(origin)}+path+mark);
if(protocol==="https:"&&hash===mark)history.replaceState(history.state,"",path)}`;
  // biome-ignore lint/security/noDangerouslySetInnerHtml: our own words and the desk's address, and it has to run at once
  return <script dangerouslySetInnerHTML={{ __html: script }} nonce={nonce} suppressHydrationWarning />;
}
