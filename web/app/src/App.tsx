import { Shell } from "./modules/shell/Shell";

export function App() {
  return <Shell />;
}
