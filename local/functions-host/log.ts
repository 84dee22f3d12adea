import { stderr } from 'node:process';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warning' | 'error';
export type Log = (level: LogLevel, source: string, message: string) => void;

/** One line per entry on stderr: stdout belongs to the ready line. Breaks inside a message become ` | `. */
export const logToStderr: Log = (level, source, message) => {
  if (level === 'trace' || level === 'debug') return;
  stderr.write(`${new Date().toISOString()} ${level} ${source}: ${message.replaceAll(/\s*\n\s*/g, ' | ')}\n`);
};
