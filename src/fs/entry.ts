/** What an entry of a directory is, without following it; devices, FIFOs and sockets are `other`. */
export type EntryType = 'file' | 'directory' | 'symlink' | 'other';

export interface Entry {
  readonly name: string;
  readonly type: EntryType;
}
