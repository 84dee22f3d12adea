/** The program that is every machine here. */
export const QEMU = 'qemu-system-x86_64';

export type Accelerator = 'kvm' | 'tcg';
