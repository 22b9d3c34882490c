import type { Attachment } from "@spotter/chat-client";
import { classes } from "../../ui/classes";
import { ImageTile } from "./ImageTile";
import { boxOf, spanOf, TILES, WIDEST } from "./layout";

/** One picture in its own shape, several as tiles. The size is known before anything has loaded. */
export function ImageGrid({ images }: { images: readonly Attachment[] }) {
  const [only] = images;
  if (only && images.length === 1) {
    const { width, height } = boxOf(only);
    return (
      <div className="max-w-full" style={{ width, aspectRatio: `${width} / ${height}` }}>
        <ImageTile image={only} number={1} count={1} />
      </div>
    );
  }
  const shown = images.slice(0, TILES);
  return (
    <div className="grid max-w-full grid-cols-2 gap-1" style={{ width: WIDEST }}>
      {shown.map((image, at) => {
        const wide = spanOf(at, images.length) === 2;
        return (
          <div key={image.id} className={classes(wide ? "col-span-2 aspect-video" : "aspect-square")}>
            <ImageTile
              image={image}
              number={at + 1}
              count={images.length}
              hidden={at === TILES - 1 ? images.length - TILES : 0}
            />
          </div>
        );
      })}
    </div>
  );
}
