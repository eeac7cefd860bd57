import { execFileSync } from 'node:child_process';
import { ALL_FORMATS, FilePathSource, Input, type MetadataTags } from 'mediabunny';

/** What readers find in a file beside its tracks. */
export interface Beside {
  /** The chapters, with their bounds in seconds, as ffprobe finds them. */
  chapters: { title: string; start: number; end: number }[];
  /** The tags, as ffprobe finds them; their names are in small letters. */
  tags: Record<string, string>;
  /** The same as mediabunny finds them. It reads no chapters. */
  facts: MetadataTags;
}

/** Reads chapters and tags of a file. */
export async function readBeside(path: string): Promise<Beside> {
  const options = ['-v', 'error', '-of', 'json', '-show_chapters', '-show_format', path];
  const { chapters, format } = JSON.parse(execFileSync('ffprobe', options, { encoding: 'utf8' }));
  const input = new Input({ source: new FilePathSource(path), formats: ALL_FORMATS });
  try {
    return {
      chapters: chapters.map(({ start_time, end_time, tags }: Record<string, never>) => ({
        title: (tags as { title?: string } | undefined)?.title ?? '',
        start: Number(start_time),
        end: Number(end_time),
      })),
      tags: Object.fromEntries(
        Object.entries(format.tags as Record<string, string>).map(([name, value]) => [name.toLowerCase(), value]),
      ),
      facts: await input.getMetadataTags(),
    };
  } finally {
    input.dispose();
  }
}
