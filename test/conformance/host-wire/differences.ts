/** What Kiln, or the embedded host, does otherwise than the recording, by the name of the request. */
export const DIFFERENCES: Readonly<
  Record<string, { readonly part: 'answer' | 'body'; readonly why: string }>
> = {
  root: { part: 'body', why: 'the welcome page of the real host is 150 KB; a deployment turns it off' },
  'put chunked': { part: 'answer', why: 'Kiln now says that the length is missing: 411' },
  'put 4.3MB chunked': { part: 'answer', why: 'Kiln now says that the length is missing: 411' },
  '..%2f': { part: 'body', why: 'a path that is still encoded is now nowhere' },
  '%2f in name': { part: 'body', why: 'a path that is still encoded is now nowhere' },
  '%25': { part: 'body', why: 'a path that is still encoded is now nowhere' },
  'bad utf8': { part: 'body', why: 'a path that is still encoded is now nowhere' },
  'bad pct': { part: 'body', why: 'a path that is still encoded is now nowhere' },
};
