export function Shell() {
  return <main id="content" className="grid h-full place-items-center text-muted" />;
}
