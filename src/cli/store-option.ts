import { Option } from 'commander';
import { STORE_KINDS } from '../contracts/store-kind.js';

/** `--store`, for commands that ask for a repository: the frontend may be away, or be wrong for a while. */
export function storeOption(): Option {
  const meaning = 'where the packages are published; default: as the frontend says of the project';
  return new Option('--store <store>', meaning).choices([...STORE_KINDS]);
}
