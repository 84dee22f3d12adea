/** What Kiln, or the embedded host, does otherwise than the recording, by the name of the request. */
export const DIFFERENCES: Readonly<
  Record<string, { readonly part: 'answer' | 'body'; readonly why: string }>
> = {
  root: {
    part: 'answer',
    why: 'a deployment turns the welcome page of the host off, and so does local mode: the app answers there',
  },
  'put chunked': { part: 'answer', why: 'Kiln now says that the length is missing: 411' },
  'put 4.3MB chunked': { part: 'answer', why: 'Kiln now says that the length is missing: 411' },
  '..%2f': { part: 'body', why: 'a path that is still encoded is now nowhere' },
  '%2f in name': { part: 'body', why: 'a path that is still encoded is now nowhere' },
  '%25': { part: 'body', why: 'a path that is still encoded is now nowhere' },
  'bad utf8': { part: 'body', why: 'a path that is still encoded is now nowhere' },
  'bad pct': { part: 'body', why: 'a path that is still encoded is now nowhere' },
  health: { part: 'body', why: 'Kiln now tells its version there' },
  'OPTIONS cors': {
    part: 'answer',
    why: 'local mode refuses pages of other sites; nobody in Azure could tell them',
  },
  'host hdr': { part: 'answer', why: 'local mode answers to its own names alone, against DNS rebinding' },
};

/** What depends on how far the request before has come: the real host was slower. */
export const TIMED: readonly string[] = ['patch merge ct'];
