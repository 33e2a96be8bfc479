import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  LEAD_SIZE,
  paddingAfter,
  serializeHeader,
  uint32,
  type HeaderEntry,
} from '../../playground/sign-client/rpm-header.js';

/** The content of a package's header; times are seconds since the epoch. */
export type PackageHeader = {
  readonly name: string;
  readonly release: string;
  readonly sourceRpm: string;
  readonly summary: string;
  readonly description: string;
  readonly buildTime: number;
  readonly requires: readonly string[];
  readonly files: readonly { readonly directory: string; readonly name: string }[];
  readonly changelog: readonly { readonly time: number; readonly author: string; readonly text: string }[];
};

/** Tags and types of https://rpm-software-management.github.io/rpm/manual/tags.html. */
const TAG = {
  ...{ name: 1000, version: 1001, release: 1002, summary: 1004, description: 1005, buildTime: 1006 },
  ...{ buildHost: 1007, size: 1009, license: 1014, group: 1016, os: 1021, arch: 1022 },
  ...{ fileSizes: 1028, fileModes: 1030, fileRdevs: 1033, fileMtimes: 1034, fileDigests: 1035, fileLinkTos: 1036 },
  ...{ fileFlags: 1037, fileUserName: 1039, fileGroupName: 1040, sourceRpm: 1044, provideName: 1047 },
  ...{ requireFlags: 1048, requireName: 1049, requireVersion: 1050, rpmVersion: 1064 },
  ...{ changelogTime: 1080, changelogName: 1081, changelogText: 1082, fileInodes: 1096 },
  ...{ provideFlags: 1112, provideVersion: 1113, dirIndexes: 1116, baseNames: 1117, dirNames: 1118 },
  ...{ payloadFormat: 1124, payloadCompressor: 1125, payloadFlags: 1126 },
};
const SIGNATURE_TAG = { sha1: 269, sha256: 273, size: 1000, md5: 1004 };
const FLAG_EQUAL = 8;
const REGULAR_FILE = 0o100644;
/** An archive without files. */
const PAYLOAD = gzipSync(Buffer.from(`07070100000000${'0'.repeat(80)}0000000b00000000TRAILER!!!\0\0\0\0`, 'latin1'));

/** A package of format 4 for x86_64 in version 1.0 with the digests that rpm checks, without signature and content. */
export function writeRpm(header: PackageHeader): Buffer {
  const main = serializeHeader(mainEntries(header), 'main');
  const signatures = serializeHeader([
    text(SIGNATURE_TAG.sha1, digest('sha1', main).toString('hex')),
    text(SIGNATURE_TAG.sha256, digest('sha256', main).toString('hex')),
    numbers(SIGNATURE_TAG.size, [main.length + PAYLOAD.length]),
    bytes(SIGNATURE_TAG.md5, digest('md5', main, PAYLOAD)),
  ]);
  const padding = Buffer.alloc(paddingAfter(signatures.length));
  return Buffer.concat([lead(`${header.name}-1.0-${header.release}`), signatures, padding, main, PAYLOAD]);
}

function mainEntries(header: PackageHeader): readonly HeaderEntry[] {
  const { name, release, requires, files, changelog } = header;
  const evr = `1.0-${release}`;
  const directories = [...new Set(files.map(({ directory }) => directory))];
  const ofAll = <T>(value: T): readonly T[] => files.map(() => value);
  return [
    ...[text(TAG.name, name), text(TAG.version, '1.0'), text(TAG.release, release)],
    ...[translated(TAG.summary, header.summary), translated(TAG.description, header.description)],
    ...[numbers(TAG.buildTime, [header.buildTime]), text(TAG.buildHost, 'builder'), numbers(TAG.size, [files.length])],
    ...[text(TAG.license, 'MIT'), translated(TAG.group, 'Unspecified'), text(TAG.os, 'linux')],
    ...[text(TAG.arch, 'x86_64'), text(TAG.sourceRpm, header.sourceRpm), text(TAG.rpmVersion, '4.18.0')],
    ...[text(TAG.payloadFormat, 'cpio'), text(TAG.payloadCompressor, 'gzip'), text(TAG.payloadFlags, '6')],
    ...[texts(TAG.provideName, [name, `${name}(x86-64)`]), texts(TAG.provideVersion, [evr, evr])],
    numbers(TAG.provideFlags, [FLAG_EQUAL, FLAG_EQUAL]),
    ...(requires.length === 0
      ? []
      : [
          ...[
            texts(TAG.requireName, requires),
            texts(
              TAG.requireVersion,
              requires.map(() => ''),
            ),
          ],
          numbers(
            TAG.requireFlags,
            requires.map(() => 0),
          ),
        ]),
    ...[
      texts(TAG.dirNames, directories),
      texts(
        TAG.baseNames,
        files.map((file) => file.name),
      ),
    ],
    numbers(
      TAG.dirIndexes,
      files.map(({ directory }) => directories.indexOf(directory)),
    ),
    ...[numbers(TAG.fileSizes, ofAll(1)), numbers(TAG.fileMtimes, ofAll(header.buildTime))],
    ...[
      numbers(TAG.fileFlags, ofAll(0)),
      numbers(
        TAG.fileInodes,
        files.map((_, index) => index + 1),
      ),
    ],
    ...[shorts(TAG.fileModes, ofAll(REGULAR_FILE)), shorts(TAG.fileRdevs, ofAll(0))],
    ...[texts(TAG.fileDigests, ofAll('0'.repeat(32))), texts(TAG.fileLinkTos, ofAll(''))],
    ...[texts(TAG.fileUserName, ofAll('root')), texts(TAG.fileGroupName, ofAll('root'))],
    ...(changelog.length === 0
      ? []
      : [
          numbers(
            TAG.changelogTime,
            changelog.map(({ time }) => time),
          ),
          texts(
            TAG.changelogName,
            changelog.map(({ author }) => author),
          ),
          texts(
            TAG.changelogText,
            changelog.map((entry) => entry.text),
          ),
        ]),
  ];
}

/** The first 96 bytes of a package, of which nothing is read any more except magic, format and kind. */
function lead(nvr: string): Buffer {
  const made = Buffer.alloc(LEAD_SIZE);
  made.writeUInt32BE(0xedabeedb, 0);
  made.writeUInt8(3, 4);
  made.writeUInt16BE(1, 8);
  made.write(nvr.slice(0, 65), 10, 'latin1');
  made.writeUInt16BE(1, 76);
  made.writeUInt16BE(5, 78);
  return made;
}

const text = (tag: number, value: string): HeaderEntry => ({ tag, type: 6, count: 1, data: Buffer.from(`${value}\0`) });

const texts = (tag: number, values: readonly string[]): HeaderEntry => ({
  ...{ tag, type: 8, count: values.length },
  data: Buffer.from(values.map((value) => `${value}\0`).join('')),
});

const translated = (tag: number, value: string): HeaderEntry => ({ ...text(tag, value), type: 9 });

const bytes = (tag: number, data: Buffer): HeaderEntry => ({ tag, type: 7, count: data.length, data });

function numbers(tag: number, values: readonly number[]): HeaderEntry {
  return { tag, type: 4, count: values.length, data: uint32(...values) };
}

function shorts(tag: number, values: readonly number[]): HeaderEntry {
  const data = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) data.writeUInt16BE(value, index * 2);
  return { tag, type: 3, count: values.length, data };
}

function digest(algorithm: string, ...parts: readonly Buffer[]): Buffer {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest();
}
