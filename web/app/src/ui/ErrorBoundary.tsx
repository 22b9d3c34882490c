import { Component, type ReactNode } from "react";

export interface ErrorBoundaryProps {
  /** Shown instead of a screen that could not be rendered. */
  fallback: ReactNode;
  children: ReactNode;
}

/** A defect in one screen must not leave an empty page. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? this.props.fallback : this.props.children;
  }
}
