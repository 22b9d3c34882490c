/** Everything that a store of a person's database holds, read past the code under test. */
export async function stored(userId: string, store: string): Promise<unknown[]> {
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    const open = indexedDB.open(`spotter-${userId}`);
    open.onsuccess = () => resolve(open.result);
    open.onerror = () => reject(open.error);
  });
  const rows = await new Promise<unknown[]>((resolve) => {
    const all = db.transaction(store).objectStore(store).getAll();
    all.onsuccess = () => resolve(all.result);
  });
  db.close();
  return rows;
}
