/** The way to every scene. */
export function Contents({ names }: { names: readonly string[] }) {
  return (
    <main className="mx-auto max-w-xl p-6">
      <h1 className="text-xl font-bold">Gallery</h1>
      <ul className="mt-4 columns-2">
        {names.map((name) => (
          <li key={name}>
            <a className="text-brand underline" href={`?scene=${name}`}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </main>
  );
}
