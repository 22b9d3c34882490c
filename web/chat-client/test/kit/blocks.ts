import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export const PACKAGE = join(import.meta.dirname, "../..");
export const REPOSITORY = join(PACKAGE, "../..");
export const MODULES = join(PACKAGE, "../node_modules");

export interface Block {
  language: string;
  code: string;
}

/** The fenced pieces of TypeScript of a page, in order. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(join(REPOSITORY, page), "utf8");
  return [...text.matchAll(/^```(tsx?)\n(.*?)^```$/gms)].map(([, language = "", code = ""]) => ({
    language,
    code,
  }));
}

/** A folder of its own, outside of the workspace, with these of the workspace's packages. */
export function project(parent: string, packages: readonly string[]): string {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "project-"));
  for (const name of packages) link(folder, name, join(MODULES, name));
  return folder;
}

export function link(folder: string, name: string, target: string): void {
  const path = join(folder, "node_modules", name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

export function write(folder: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}
