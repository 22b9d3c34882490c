import { measureScroll } from "./w2scroll.mjs";
console.log(await measureScroll());
