import { readFileSync, statSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { type DescriptionSource, NO_DESCRIPTIONS } from '../apimachinery/openapi/schema-writer.js';

/** Beside the catalogue; made by the build, so that a server run from sources has none. */
const FILE = new URL('./data/descriptions.json.br', import.meta.url);

type Texts = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The build's texts, where there are any. */
export function openDescriptions(file: URL = FILE): DescriptionSource {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  return size === undefined ? NO_DESCRIPTIONS : new PackedDescriptions(file, String(size));
}

/**
 * Texts from a compressed file, unpacked when the first is asked for. They take megabytes and are wanted for moments only, so
 * memory that runs short may take them back; reading them again takes milliseconds.
 */
class PackedDescriptions implements DescriptionSource {
  private texts: WeakRef<Texts> | undefined;

  constructor(
    private readonly file: URL,
    readonly edition: string,
  ) {}

  describeType(ref: string): string | undefined {
    return this.read()[ref]?.[''];
  }

  describeField(ref: string, field: string): string | undefined {
    return this.read()[ref]?.[field];
  }

  private read(): Texts {
    const known = this.texts?.deref();
    if (known !== undefined) return known;
    const texts = JSON.parse(brotliDecompressSync(readFileSync(this.file)).toString()) as Texts;
    this.texts = new WeakRef(texts);
    return texts;
  }
}
