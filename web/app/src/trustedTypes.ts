interface PolicyFactory {
  createPolicy(name: string, rules: Record<string, (input: string) => null>): unknown;
}

/**
 * Installs the default Trusted Types policy: every string that reaches a sink (`innerHTML`, `eval`,
 * a script's address) is refused. The app writes to none; a library that begins to is found at once.
 */
export function refuseStrings(): void {
  const { trustedTypes } = window as { trustedTypes?: PolicyFactory };
  trustedTypes?.createPolicy("default", {
    createHTML: refuse,
    createScript: refuse,
    createScriptURL: refuse,
  });
}

function refuse(): null {
  return null;
}
