// The site for readers that are programs, as llmstxt.org describes it: llms.txt lists the pages as Markdown, llms-full.txt has the guide.

/** Sections that a reader with little room may skip. */
const OPTIONAL = ['Architecture', 'Decisions', 'Project'];

/** The list of all pages, each as Markdown. */
export function llmsTxt({ name, description, sections }) {
  const line = ({ title, markdownPath, description }) => `- [${title}](${markdownPath}): ${description}`;
  const list = (title, pages) => `## ${title}\n\n${pages.map(line).join('\n')}\n`;
  const main = sections.filter(({ title }) => !OPTIONAL.includes(title));
  const optional = sections.filter(({ title }) => OPTIONAL.includes(title));
  return [
    `# ${name}\n\n> ${description}.\n`,
    `Each page is Markdown. The guide, the options and the README in one file are in [llms-full.txt](llms-full.txt).\n`,
    ...main.map(({ title, pages }) => list(title ?? 'Start', pages)),
    list(
      'Optional',
      optional.flatMap(({ pages }) => pages),
    ),
  ].join('\n');
}

/** The first page, the guide and the options in one file. The links are relative to the site's root. */
export function llmsFullTxt({ sections }, markdownOf) {
  const pages = sections.flatMap(({ title, pages }) =>
    pages.filter(({ source }) => !title || title === 'Guide' || source === 'docs/options.md'),
  );
  return pages.map((page) => markdownOf(page, 'llms-full.txt').trim()).join('\n\n---\n\n') + '\n';
}
