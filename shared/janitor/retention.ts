/** How long what is over is kept, in days; 0: for as long as its template is there. */
export type Retention = {
  /** Operations of the API, after their end: clients look at one while they wait for it. */
  readonly operations: number;
  /** Requests of the queue: a message that comes again later than this starts another run. */
  readonly requests: number;
  /** Artifacts that no revision names, since they were last uploaded or asked for. */
  readonly artifacts: number;
  /** Logs of steps, since their run began. */
  readonly logs: number;
  /** Runs that made nothing, since they began. One that made an image is where that comes from, and stays. */
  readonly runs: number;
};

export const USUAL_RETENTION: Retention = { operations: 7, requests: 30, artifacts: 30, logs: 0, runs: 0 };
