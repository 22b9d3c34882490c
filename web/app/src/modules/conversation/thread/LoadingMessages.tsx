import { Skeleton } from "../../../ui/Skeleton";

const SHAPES = ["w-56", "w-72 ml-auto", "w-40 ml-auto", "w-64", "w-80", "w-48 ml-auto"];

export function LoadingMessages() {
  return (
    <div aria-busy="true" data-testid="thread-loading" className="min-h-0 flex-1 overflow-hidden">
      <div className="mx-auto flex h-full max-w-4xl flex-col justify-end gap-3 px-5 pb-4">
        {SHAPES.map((shape) => (
          <Skeleton key={shape} shape="bubble" className={`h-11 max-w-[80%] shrink-0 ${shape}`} />
        ))}
      </div>
    </div>
  );
}
