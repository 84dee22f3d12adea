export type Phase =
  | 'resolve'
  | 'stage'
  | 'install'
  | 'provision'
  | 'customize'
  | 'inventory'
  | 'validate'
  | 'generalize'
  | 'capture'
  | 'distribute'
  | 'clean up';
