// Catches what breaks while a page is drawn, so that the rest of the interface stays usable.
import { Alert, Button, Stack, Text } from "@mantine/core";
import { Component, type ErrorInfo, type ReactNode } from "react";

interface State {
  error: Error | null;
}

export class Safe extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override componentDidCatch(error: Error, info: ErrorInfo): void {
    console.error(error, info.componentStack);
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <Alert color="red" m="lg" title="This page broke">
        <Stack align="flex-start" gap="sm">
          <Text size="sm">It is a fault of the interface, not of your library: nothing was changed. Loading the page again usually helps. What went wrong: {error.message}</Text>
          <Button variant="default" size="xs" onClick={() => window.location.reload()}>
            Load again
          </Button>
        </Stack>
      </Alert>
    );
  }
}
