import { Broken } from "./modules/shell/Broken";
import { ErrorBoundary } from "./modules/shell/ErrorBoundary";
import { Shell } from "./modules/shell/Shell";

export function App() {
  return (
    <ErrorBoundary fallback={<Broken />}>
      <Shell />
    </ErrorBoundary>
  );
}
