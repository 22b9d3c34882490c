import { Broken } from "./modules/shell/Broken";
import { Shell } from "./modules/shell/Shell";
import { ErrorBoundary } from "./ui/ErrorBoundary";

export function App() {
  return (
    <ErrorBoundary fallback={<Broken />}>
      <Shell />
    </ErrorBoundary>
  );
}
