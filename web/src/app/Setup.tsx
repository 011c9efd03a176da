// The first start: the link from the server's log brings a token, and its bearer makes the first user.
import { Alert, Button, PasswordInput, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { api, must } from "../api/client.ts";
import { ApiError, messageOf } from "../api/problem.ts";
import { Doorstep } from "./Doorstep.tsx";

/** The token stands behind the '#', where no server's log sees it, or in the query. */
function linkToken(): string {
  const hash = window.location.hash.replace(/^#/, "");
  return new URLSearchParams(window.location.search).get("token") ?? new URLSearchParams(hash).get("token") ?? hash;
}

function SetupForm({ token }: { token: string }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const setUp = useMutation({
    mutationFn: () => must(api.POST("/api/v1/setup", { body: { token, name, password } })),
    // Begins anew, as somebody who is signed in.
    onSuccess: () => window.location.replace("/roots?add=root"),
  });
  const fields = setUp.error instanceof ApiError ? setUp.error.fields : {};
  const differs = again !== "" && again !== password;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!differs) setUp.mutate();
      }}
    >
      {setUp.error && Object.keys(fields).length === 0 && (
        <Alert color="red" mb="md" role="alert">
          {messageOf(setUp.error)}
        </Alert>
      )}
      <TextInput label="Your name" name="username" autoComplete="username" autoFocus required withAsterisk={false} value={name} error={fields.name} onChange={(event) => setName(event.currentTarget.value)} />
      <PasswordInput
        label="Password"
        name="new-password"
        autoComplete="new-password"
        description="A few words are easy to remember and hard to guess."
        required
        withAsterisk={false}
        mt="sm"
        visibilityToggleButtonProps={{ "aria-label": "Show the password" }}
        value={password}
        error={fields.password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <PasswordInput
        label="The same password again"
        autoComplete="new-password"
        required
        withAsterisk={false}
        mt="sm"
        visibilityToggleButtonProps={{ "aria-label": "Show the repeated password" }}
        value={again}
        error={differs ? "The two differ." : undefined}
        onChange={(event) => setAgain(event.currentTarget.value)}
      />
      <Button type="submit" fullWidth mt="lg" loading={setUp.isPending}>
        Make the first user
      </Button>
    </form>
  );
}

export default function Setup({ needed }: { needed: boolean }) {
  const [token] = useState(linkToken);
  if (!needed)
    return (
      <Doorstep title="Reeve is set up" text="There is a user already, so this link is of no use any more.">
        <Button component={Link} href="/">
          Sign in
        </Button>
      </Doorstep>
    );
  if (!token)
    return (
      <Doorstep title="Welcome to Reeve" text="Nobody can sign in yet. Open the set-up link that the server printed when it started; it works for an hour, and only once.">
        <Text size="sm">
          Gone by? Start the server again for a new one, or make a user on the command line: <code>reeve user add NAME --role admin</code>
        </Text>
      </Doorstep>
    );
  return (
    <Doorstep title="Welcome to Reeve" text="Make the first user. It is an administrator and can add others.">
      <SetupForm token={token} />
    </Doorstep>
  );
}
