import { Alert, Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, must } from "../api/client.ts";
import { messageOf } from "../api/problem.ts";
import { Doorstep } from "./Doorstep.tsx";
import { changeSession, enter } from "./session.ts";

export default function SignIn() {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: () => must(api.POST("/api/v1/session", { body: { name, password } })),
    onSuccess: (signedIn) => {
      changeSession(client, enter(signedIn));
    },
    onError: () => setPassword(""),
  });
  return (
    <Doorstep title="Sign in to Reeve">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        {signIn.error && (
          <Alert color="red" mb="md" role="alert">
            {messageOf(signIn.error)}
          </Alert>
        )}
        <TextInput label="Name" name="username" autoComplete="username" autoFocus required withAsterisk={false} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <PasswordInput
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          mt="sm"
          visibilityToggleButtonProps={{ "aria-label": "Show the password" }}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" fullWidth mt="lg" loading={signIn.isPending}>
          Sign in
        </Button>
      </form>
    </Doorstep>
  );
}
