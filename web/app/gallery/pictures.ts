import type { Attachment } from "@spotter/chat-client";
import { rgbaToThumbHash } from "thumbhash";
import { image } from "./rows";

export type PictureName = "trail" | "kettlebell" | "bowl" | "chart";
export type Pictures = Readonly<Record<PictureName, Attachment>>;

type Draw = (ctx: CanvasRenderingContext2D, width: number, height: number) => void;

const DRAWN: Readonly<Record<PictureName, { width: number; height: number; draw: Draw }>> = {
  trail: { width: 1_200, height: 800, draw: trail },
  kettlebell: { width: 900, height: 1_200, draw: kettlebell },
  bowl: { width: 1_000, height: 1_000, draw: bowl },
  chart: { width: 1_400, height: 700, draw: chart },
};

/** Pictures drawn here, so that the gallery needs no files and no network. */
export async function drawPictures(): Promise<Pictures> {
  const drawn = await Promise.all(
    Object.entries(DRAWN).map(async ([name, { width, height, draw }]) => {
      const canvas = new OffscreenCanvas(width, height);
      const ctx = canvas.getContext("2d") as unknown as CanvasRenderingContext2D;
      draw(ctx, width, height);
      const url = URL.createObjectURL(await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 }));
      return [name, image(name, url, width, height, thumbhash(canvas))] as const;
    }),
  );
  return Object.fromEntries(drawn) as Pictures;
}

function thumbhash(canvas: OffscreenCanvas): string {
  const scale = 64 / Math.max(canvas.width, canvas.height);
  const small = new OffscreenCanvas(Math.round(canvas.width * scale), Math.round(canvas.height * scale));
  const ctx = small.getContext("2d");
  if (!ctx) return "";
  ctx.drawImage(canvas, 0, 0, small.width, small.height);
  const { data } = ctx.getImageData(0, 0, small.width, small.height);
  return btoa(String.fromCharCode(...rgbaToThumbHash(small.width, small.height, data)));
}

function sky(ctx: CanvasRenderingContext2D, height: number, stops: readonly string[]): CanvasGradient {
  const gradient = ctx.createLinearGradient(0, 0, 0, height);
  for (const [at, colour] of stops.entries()) gradient.addColorStop(at / (stops.length - 1), colour);
  return gradient;
}

function disc(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  radius: number,
  fill: string | CanvasGradient,
): void {
  ctx.fillStyle = fill;
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, Math.PI * 2);
  ctx.fill();
}

function trail(ctx: CanvasRenderingContext2D, width: number, height: number): void {
  ctx.fillStyle = sky(ctx, height, ["#2b3f6b", "#8a6a93", "#f0a077", "#ffd9a0"]);
  ctx.fillRect(0, 0, width, height);
  disc(ctx, width * 0.68, height * 0.52, 70, "#fff1cf");
  const hills = [
    { colour: "#7a5f7c", base: 0.6, wave: 60 },
    { colour: "#4c4a66", base: 0.7, wave: 80 },
    { colour: "#26344a", base: 0.82, wave: 50 },
  ];
  for (const [at, { colour, base, wave }] of hills.entries()) {
    ctx.fillStyle = colour;
    ctx.beginPath();
    ctx.moveTo(0, height);
    for (let x = 0; x <= width; x += 10) {
      ctx.lineTo(
        x,
        height * base + Math.sin(x / (150 - at * 20) + at * 2) * wave * 0.6 + Math.sin(x / 61 + at) * 12,
      );
    }
    ctx.lineTo(width, height);
    ctx.fill();
  }
  ctx.strokeStyle = "#e8c9a0";
  ctx.lineWidth = 26;
  ctx.lineCap = "round";
  ctx.beginPath();
  ctx.moveTo(width * 0.3, height);
  ctx.bezierCurveTo(width * 0.5, height * 0.92, width * 0.3, height * 0.88, width * 0.52, height * 0.8);
  ctx.stroke();
}

function kettlebell(ctx: CanvasRenderingContext2D, width: number, height: number): void {
  ctx.fillStyle = sky(ctx, height, ["#dfe6e1", "#c3cec7"]);
  ctx.fillRect(0, 0, width, height);
  ctx.fillStyle = sky(ctx, height, ["#8b6b4a", "#b08a60"]);
  ctx.fillRect(0, height * 0.72, width, height * 0.28);
  ctx.fillStyle = "rgb(0 0 0 / 0.25)";
  ctx.beginPath();
  ctx.ellipse(width / 2, height * 0.82, 260, 40, 0, 0, Math.PI * 2);
  ctx.fill();
  ctx.strokeStyle = "#1c2624";
  ctx.lineWidth = 62;
  ctx.beginPath();
  ctx.arc(width / 2, height * 0.44, 150, Math.PI * 0.85, Math.PI * 2.15);
  ctx.stroke();
  const iron = ctx.createRadialGradient(width * 0.4, height * 0.55, 30, width / 2, height * 0.65, 280);
  iron.addColorStop(0, "#5b6a66");
  iron.addColorStop(1, "#161f1d");
  disc(ctx, width / 2, height * 0.64, 235, iron);
  disc(ctx, width / 2, height * 0.64, 92, "#c9f24b");
  ctx.fillStyle = "#17220a";
  ctx.font = "bold 84px Inter, sans-serif";
  ctx.textAlign = "center";
  ctx.fillText("24", width / 2, height * 0.665);
}

function bowl(ctx: CanvasRenderingContext2D, width: number, height: number): void {
  ctx.fillStyle = sky(ctx, height, ["#d9c6ae", "#c7ae90"]);
  ctx.fillRect(0, 0, width, height);
  disc(ctx, width / 2, height / 2 + 14, 405, "rgb(60 40 20 / 0.25)");
  disc(ctx, width / 2, height / 2, 400, "#f7f4ee");
  disc(ctx, width / 2, height / 2, 340, "#e8dfd0");
  const wedges = ["#7fa65a", "#e2884b", "#f2d06b", "#b8534f", "#5d8f6b"];
  for (const [at, colour] of wedges.entries()) {
    ctx.fillStyle = colour;
    ctx.beginPath();
    ctx.moveTo(width / 2, height / 2);
    ctx.arc(width / 2, height / 2, 320, (at / 5) * Math.PI * 2, ((at + 1) / 5) * Math.PI * 2);
    ctx.fill();
  }
  for (let at = 0; at < 90; at++) {
    const angle = at * 2.4;
    const radius = 30 + at * 3.1;
    disc(
      ctx,
      width / 2 + Math.cos(angle) * radius,
      height / 2 + Math.sin(angle) * radius,
      9 + (at % 4) * 3,
      "rgb(255 255 255 / 0.16)",
    );
  }
  disc(ctx, width / 2, height / 2, 96, "#fdfbf5");
  disc(ctx, width / 2, height / 2, 48, "#f5b63d");
}

function chart(ctx: CanvasRenderingContext2D, width: number, height: number): void {
  ctx.fillStyle = "#f7faf7";
  ctx.fillRect(0, 0, width, height);
  ctx.strokeStyle = "#dce4dd";
  ctx.lineWidth = 2;
  for (let line = 1; line < 6; line++) ctx.strokeRect(90, (height * line) / 6, width - 160, 0);
  const points = [0.78, 0.74, 0.7, 0.71, 0.6, 0.55, 0.5, 0.42, 0.4, 0.28, 0.24].map((y, at) => ({
    x: 110 + at * ((width - 220) / 10),
    y: y * height,
  }));
  ctx.strokeStyle = "#0e5a43";
  ctx.lineWidth = 10;
  ctx.lineJoin = "round";
  ctx.beginPath();
  for (const { x, y } of points) ctx.lineTo(x, y);
  ctx.stroke();
  for (const { x, y } of points) disc(ctx, x, y, 13, "#c9f24b");
  ctx.fillStyle = "#0f1a16";
  ctx.font = "bold 44px Inter, sans-serif";
  ctx.fillText("Back squat, 5RM", 90, 72);
}
