import { type ComponentProps, type RefObject, useLayoutEffect } from "react";

const GROWS_BY_ITSELF = typeof CSS !== "undefined" && CSS.supports("field-sizing", "content");

export interface TextFieldProps extends ComponentProps<"textarea"> {
  value: string;
  fieldRef: RefObject<HTMLTextAreaElement | null>;
  /** Takes the focus when this changes to something. */
  focusFor: unknown;
}

/** A text field as high as its text, up to a third of the window. */
export function TextField({ value, fieldRef, focusFor, ...rest }: TextFieldProps) {
  useLayoutEffect(() => {
    const field = fieldRef.current;
    if (!field || GROWS_BY_ITSELF) return;
    field.style.height = "auto";
    field.style.height = value === "" ? "" : `${field.scrollHeight}px`;
  }, [fieldRef, value]);

  useLayoutEffect(() => {
    const field = fieldRef.current;
    if (!field || !focusFor) return;
    field.focus({ preventScroll: true });
    field.setSelectionRange(field.value.length, field.value.length);
  }, [fieldRef, focusFor]);

  return (
    <textarea
      ref={fieldRef}
      value={value}
      rows={1}
      dir="auto"
      enterKeyHint="send"
      autoComplete="off"
      // 16 px, or iOS zooms into the field.
      className="field-sizing-content max-h-[33dvh] min-h-11 w-full resize-none bg-transparent px-1 py-2.5 text-[1rem] leading-6 outline-none placeholder:text-muted"
      {...rest}
    />
  );
}
