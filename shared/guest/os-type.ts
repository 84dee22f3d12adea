export type OsType = 'Linux' | 'Windows';
