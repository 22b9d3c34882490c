import { useEffect } from "react";

/**
 * Keeps the app inside what a phone's keyboard leaves. Chromium and Firefox resize the page themselves
 * (`interactive-widget=resizes-content`); Safari only shrinks and moves the visual viewport.
 */
export function useKeyboardRoom(): void {
  useEffect(() => {
    const viewport = window.visualViewport;
    if (!viewport) return;
    const fit = () => {
      const covered = viewport.scale === 1 && window.innerHeight - viewport.height > 1;
      const { style } = document.documentElement;
      if (!covered) return style.removeProperty("--room");
      style.setProperty("--room", `${viewport.height}px`);
      // Safari also scrolls the page to show the field, which would move the header out of sight.
      window.scrollTo(0, 0);
    };
    viewport.addEventListener("resize", fit);
    viewport.addEventListener("scroll", fit);
    return () => {
      viewport.removeEventListener("resize", fit);
      viewport.removeEventListener("scroll", fit);
    };
  }, []);
}
