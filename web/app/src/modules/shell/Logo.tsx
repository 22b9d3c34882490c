/** A barbell in a tile. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 64 64" aria-hidden="true" className={className}>
      <rect width="64" height="64" rx="16" fill="#0e4d3a" />
      <path d="M14 32h36" stroke="#c9f24b" strokeWidth="5" strokeLinecap="round" />
      <path d="M20 21v22M44 21v22" stroke="#fff" strokeWidth="6" strokeLinecap="round" />
    </svg>
  );
}
