export const inventory = {
  type: 'boolean',
  default: true,
  description:
    'After the last customizer the machine lists what is in it: packages, services, ports, users. `false`: it does not.',
} as const;

export const history = {
  type: 'boolean',
  default: true,
  description:
    'A file in the image says what it was made of: `/usr/share/kiln/image.json`, on Windows `C:\\ProgramData\\Kiln\\image.json`. `false`: it does not.',
} as const;
